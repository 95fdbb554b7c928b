import { describe, expect, test } from '@jest/globals';
import { runMeshwright } from '../../bin/run-meshwright.ts';
import type { VerifyPair } from '../../mesh/plan/verify-report.ts';
import { startCli } from '../support/cli-run.ts';
import { clientBed } from '../support/client-bed.ts';
import { aPlan, scriptedInstall } from '../support/install-run.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';

const PLAN = aPlan({
  'cluster1/base': [],
  'cluster1/gateway': ['cluster1/base'],
  'cluster2/base': [],
});

/** Steps of which one fails in its first round with what a person must cure. */
function blockedOnce(id: string): ScriptedSteps {
  return scriptedInstall(PLAN).on(id, ({ round }) => {
    if (round > 1) return { changed: 2, summary: '2 objects, 2 changed' };
    throw stepFailure('Forbidden', 'may not patch services in cluster1', {
      cure: 'grant it',
      lines: ['verb patch'],
    });
  });
}

describe('with a worker', () => {
  const { env, meshFile, meshwright, rest, work } = clientBed();

  test('an install ends with 0; its answer is on stdout alone and can be parsed while progress is on', async () => {
    await work(scriptedInstall(PLAN));
    const { exitCode, stdout, stderr } = await meshwright(
      'install',
      '-f',
      await meshFile('whole'),
      '--yes',
      '-o',
      'json',
      '--progress',
      'plain',
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'MeshStatus',
      mesh: 'whole',
      operation: { kind: 'install', state: 'succeeded' },
    });
    expect(stderr).toMatch(/^\d\d:\d\d:\d\dZ cluster2 {3}✔ base done: nothing to change$/mu);
    expect(stderr).toContain('made by a test');
    expect(stderr).toContain('meshwright verify whole');
  });

  test('jsonl progress is one object a line', async () => {
    await work(scriptedInstall(PLAN));
    const { exitCode, stderr, stdout } = await meshwright(
      'install',
      '-f',
      await meshFile('lines'),
      '--yes',
      '--progress',
      'jsonl',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('✔ lines · install succeeded');
    const changes = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { step?: string; state?: string });
    expect(changes).toContainEqual(
      expect.objectContaining({
        mesh: 'lines',
        cluster: 'cluster1',
        step: 'cluster1/gateway',
        state: 'done',
      }),
    );
    expect(changes.at(-2)).toMatchObject({ step: null, state: 'succeeded' });
  });

  test('a blocked install ends with 3 and prints the very command that goes on', async () => {
    await work(blockedOnce('cluster1/base'));
    const blocked = await meshwright('install', '-f', await meshFile('held'), '--yes');
    expect({ exitCode: blocked.exitCode, stdout: blocked.stdout }).toEqual({
      exitCode: 3,
      stdout: '',
    });
    expect(blocked.stderr).toContain('Why    may not patch services in cluster1');
    expect(blocked.stderr).toContain('Fix    grant it, then:');
    const command = /^ +meshwright (retry .*) --reason "…"$/mu.exec(blocked.stderr)?.[1] ?? '';
    expect(command).toBe('retry held cluster1/base');
    const status = await meshwright('status', 'held', '-o', 'json');
    expect(status.exitCode).toBe(3);
    expect(JSON.parse(status.stdout)).toMatchObject({ operation: { state: 'blocked' } });
    const retried = await meshwright(...command.split(' '), '--reason', 'granted');
    expect(retried.exitCode).toBe(0);
    expect(retried.stderr).toMatch(
      /↻ accepted by run [0-9a-f-]{13} as ana@laptop · step cluster1\/base · round 2/u,
    );
    const { stdout } = await meshwright('history', 'held', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      operations: [
        {
          state: 'succeeded',
          decisions: [
            { what: 'retry', step: 'cluster1/base', by: 'ana@laptop', reason: 'granted' },
          ],
        },
      ],
    });
  });

  test('the second of two who retry at once is refused, and told who was first', async () => {
    const steps = blockedOnce('cluster1/base');
    await work(steps);
    await meshwright('install', '-f', await meshFile('rivals'), '--yes');
    const held = steps.hold('cluster1/base');
    expect(
      (await meshwright('retry', 'rivals', 'cluster1/base', '--reason', 'granted', '--detach'))
        .exitCode,
    ).toBe(0);
    await held.reached;
    const second = await runMeshwright(['retry', 'rivals', 'cluster1/base', '--reason', 'me too'], {
      env: env('ben@ci'),
    });
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain('is running again: ana@laptop retried it at');
    held.release();
    expect((await meshwright('status', 'rivals', '--watch')).exitCode).toBe(0);
  });

  test('an unknown step is refused in a sentence', async () => {
    await work(blockedOnce('cluster1/base'));
    await meshwright('install', '-f', await meshFile('typo'), '--yes');
    const { exitCode, stderr } = await meshwright('retry', 'typo', 'cluster1/bse', '--reason', 'x');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'the retry was refused: unknown step "cluster1/bse"; did you mean "cluster1/base"?',
    );
    expect(stderr).not.toMatch(/\n {4}at /u);
  });

  test('a wait is shown with what is awaited and since when', async () => {
    const steps = scriptedInstall(PLAN);
    const held = steps.hold('cluster1/base');
    await work(steps);
    const cli = startCli(
      ['install', '-f', await meshFile('slow'), '--yes', '--progress', 'plain'],
      env(),
    );
    await held.reached;
    const { exitCode, stdout } = await meshwright('status', 'slow');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('cluster1/base   ● running');
    held.release();
    expect(await cli.ended).toBe(0);
  });

  test('plan prints the plan, and changes nothing', async () => {
    const steps = scriptedInstall(PLAN);
    await work(steps);
    const { exitCode, stdout } = await meshwright(
      'plan',
      '-f',
      await meshFile('planned'),
      '-o',
      'json',
      '--progress',
      'quiet',
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'InstallPlan',
      mesh: 'planned',
      digest: PLAN.digest,
      steps: [{ id: 'cluster1/base' }, {}, {}],
    });
    expect(new Set(steps.started())).toEqual(
      new Set(['cluster1/precheck', 'cluster2/precheck', 'mesh/plan']),
    );
  });

  test('a plan that the clusters refuse ends with 1, the reason and the cure', async () => {
    const refusing = scriptedInstall(PLAN).on('cluster2/precheck', () => {
      throw stepFailure('UnsupportedVersion', 'Kubernetes v1.20.0 is too old', {
        cure: 'upgrade cluster2',
      });
    });
    await work(refusing);
    const { exitCode, stderr } = await meshwright('plan', '-f', await meshFile('refused'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cluster2/precheck: Kubernetes v1.20.0 is too old');
    expect(stderr).toContain('try: upgrade cluster2');
  });

  test('a plan that waits for a cluster says what goes on without it, once while it waits and again at its end', async () => {
    const unreachable = scriptedInstall(PLAN).on('cluster2/precheck', () => {
      throw stepFailure('ClusterUnreachable', 'connection refused');
    });
    await work(unreachable);
    const file = await meshFile('waiting');
    const { exitCode, stderr } = await meshwright('plan', '-f', file, '--timeout', '10s');
    expect(exitCode).toBe(124);
    const hint =
      'meshwright install --yes goes on without cluster2: it installs cluster1 now and attaches cluster2 when it is back';
    expect(stderr.split('\n').filter((line) => line.endsWith(hint))).toEqual([
      hint,
      `       ${hint}`,
    ]);
  });

  test('verify prints the matrix, ends with 1 when a pair is not ok, and needs no file after an install', async () => {
    const pair = (from: string, to: string, ok: boolean): VerifyPair => ({
      from,
      to,
      ok,
      requests: 20,
      answers: ok ? 10 : 0,
      reason: ok ? null : 'no route',
    });
    const steps = scriptedInstall(PLAN);
    await work(steps);
    await meshwright('install', '-f', await meshFile('asked'), '--yes');
    steps.on('mesh/verify-traffic', () => ({
      ...NOTHING_CHANGED,
      pairs: [pair('cluster1', 'cluster1', true), pair('cluster1', 'cluster2', false)],
    }));
    const { exitCode, stdout } = await meshwright('verify', 'asked', '-o', 'json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: 'meshwright.dev/v1alpha1',
      kind: 'VerifyReport',
      mesh: 'asked',
      ok: false,
      pairs: [pair('cluster1', 'cluster1', true), pair('cluster1', 'cluster2', false)],
    });
    steps.on('mesh/verify-traffic', () => ({
      ...NOTHING_CHANGED,
      pairs: [pair('cluster1', 'cluster1', true)],
    }));
    expect((await meshwright('verify', 'asked')).exitCode).toBe(0);
  });

  test('status and history answer for an install that is over when no worker is left', async () => {
    await work(scriptedInstall(PLAN));
    await meshwright('install', '-f', await meshFile('over'), '--yes', '--reason', 'new region');
    await rest();
    const status = await meshwright('status', 'over', '-o', 'json');
    expect(JSON.parse(status.stdout)).toMatchObject({
      operation: { state: 'succeeded' },
      steps: expect.arrayContaining([
        expect.objectContaining({ id: 'cluster1/gateway', state: 'done' }),
      ]),
    });
    expect(status.exitCode).toBe(0);
    const { runId } = (JSON.parse(status.stdout) as { operation: { runId: string } }).operation;
    const { exitCode, stdout } = await meshwright('history', 'over', runId.slice(0, 13));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('by ana@laptop: "new region"');
    expect(stdout).toMatch(/✔ cluster1\/gateway done .* took [\d.]+s$/mu);
  });
});
