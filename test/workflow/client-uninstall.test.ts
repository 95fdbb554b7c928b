import { describe, expect, test } from '@jest/globals';
import type { MeshHistory } from '../../client/history/history-document.ts';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { UNDO_PLAN_ID } from '../../mesh/plan/undo-plan-step.ts';
import { startCli } from '../support/cli-run.ts';
import { clientBed } from '../support/client-bed.ts';
import { needsPerson } from '../support/decisions.ts';
import { aPlan, scriptedInstall, scriptedUninstall } from '../support/install-run.ts';
import { removalOf } from '../support/removal-plan.ts';
import { stepFailure } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';

const INSTALL = aPlan({ 'cluster1/base': [] });

describe('uninstall', () => {
  const { env, meshFile, meshwright, work } = clientBed();

  async function install(name: string): Promise<string> {
    await work(scriptedInstall(INSTALL));
    const file = await meshFile(name);
    expect(await meshwright('install', '-f', file, '--yes')).toMatchObject({ exitCode: 0 });
    return file;
  }

  /** Steps that give cluster2 up, or not. */
  function removing(leave: boolean): ScriptedSteps {
    const steps = scriptedUninstall(removalOf('cluster2', 'cluster1'));
    steps.on('cluster1/remove-cluster', () => ({
      changed: 40,
      summary: '40 objects removed',
      remains: ['3 pods still carry a sidecar: restart them'],
    }));
    if (!leave) return steps;
    return steps.on('cluster2/remove-cluster', () => ({
      changed: 0,
      summary: 'left behind, what is in it stays: connection refused',
      leftBehind: {
        type: 'ClusterUnreachable',
        cure: 'meshwright uninstall again',
        cluster: { name: 'cluster2', context: 'kind-cluster2' },
        uid: 'uid-cluster2',
      },
    }));
  }

  test('takes the mesh of the last install, ends with 0, says what stays, and status says by whom and why', async () => {
    await install('gone');
    const steps = removing(false);
    await work(steps);
    const words = ['uninstall', 'gone', '--yes', '--confirm', 'gone', '--reason', 'moved'];
    const { exitCode, stdout, stderr } = await meshwright(...words);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('uninstall of gone started')]);
    expect(stdout).toContain('✔ gone · uninstall succeeded');
    expect(stdout).toContain('40 objects removed');
    expect(stdout).toContain('cluster1: 3 pods still carry a sidecar: restart them');
    const planned = steps.calls().find((call) => call.step === 'mesh/plan');
    expect(planned?.input).toMatchObject({ spec: { name: 'gone' } });

    const status = await meshwright('status', 'gone');
    expect(status.exitCode).toBe(0);
    expect(status.stdout).toMatch(/^gone {3}uninstalled .* by ana@laptop: "moved"/);
    expect(status.stdout).toContain('stays cluster1: 3 pods still carry a sidecar');
    const json = JSON.parse(
      (await meshwright('status', 'gone', '-o', 'json')).stdout,
    ) as MeshStatus;
    expect(json.operation).toMatchObject({ kind: 'uninstall', state: 'succeeded' });
    const remains = ['3 pods still carry a sidecar: restart them'];
    expect(json.steps.filter((one) => one.remains !== undefined)).toMatchObject([
      { id: 'cluster1/remove-cluster', remains },
    ]);
    expect(json.clusters.map(({ controlPlane }) => controlPlane.state)).toEqual([
      'Removed',
      'Removed',
    ]);
    const history = JSON.parse(
      (await meshwright('history', 'gone', '-o', 'json')).stdout,
    ) as MeshHistory;
    expect(history.operations.map(({ kind, state, reason }) => [kind, state, reason])).toEqual([
      ['uninstall', 'succeeded', 'moved'],
      ['install', 'succeeded', null],
    ]);
    expect(history.operations[0]?.steps.flatMap((one) => one.remains ?? [])).toEqual(remains);
    const verify = await meshwright('verify', 'gone');
    expect([verify.exitCode, verify.stderr]).toEqual([
      1,
      expect.stringContaining('mesh gone was uninstalled'),
    ]);
  });

  test('leaves nothing to verify, from its start on', async () => {
    await install('leaving');
    const steps = removing(false);
    const held = steps.hold('cluster1/remove-cluster');
    await work(steps);
    await meshwright('uninstall', 'leaving', '--yes', '--confirm', 'leaving', '--detach');
    await held.reached;
    expect(await meshwright('verify', 'leaving')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('mesh leaving is being uninstalled'),
    });
    held.release();
  });

  test('nor does an install that was taken back', async () => {
    const steps = scriptedInstall(INSTALL).on('cluster1/base', needsPerson);
    steps.on(UNDO_PLAN_ID, () => ({
      changed: 0,
      summary: 'planned',
      plan: removalOf('cluster2', 'cluster1'),
    }));
    await work(steps);
    await meshwright('install', '-f', await meshFile('undone'), '--yes');
    const sure = ['--reason', 'wrong file', '--yes', '--confirm', 'undone'];
    expect(await meshwright('cancel', 'undone', '--undo', ...sure)).toMatchObject({ exitCode: 0 });
    expect(await meshwright('verify', 'undone')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('mesh undone is not there: its last install was taken back'),
    });
  });

  test('ends with 1 when a cluster was left behind, and the next uninstall and the next install know of it', async () => {
    const file = await install('partly');
    await work(removing(true));
    const words = ['uninstall', 'partly', '--yes', '--confirm', 'partly'];
    const first = await meshwright(...words);
    expect([first.exitCode, first.stdout]).toEqual([1, '']);
    expect(first.stderr).toContain('uninstalled in');
    expect(first.stderr).toContain('but for cluster2');
    expect(first.stderr).toContain(
      'cluster2: left behind, what is in it stays: connection refused',
    );
    expect(first.stderr).toContain('try: meshwright uninstall again');
    const status = await meshwright('status', 'partly', '-o', 'json');
    expect(status.exitCode).toBe(1);
    expect((JSON.parse(status.stdout) as MeshStatus).clusters[1]?.controlPlane).toMatchObject({
      state: 'LeftBehind',
      reason: expect.stringContaining('connection refused'),
    });

    const cluster2 = { name: 'cluster2', context: 'kind-cluster2', uid: 'uid-cluster2' };
    const replanned = scriptedInstall(INSTALL);
    await work(replanned);
    await meshwright('plan', '-f', file);
    const planned = replanned.calls().find((call) => call.step === 'mesh/plan');
    expect(planned?.input).toMatchObject({ remembered: [cluster2] });

    const steps = removing(false);
    await work(steps);
    expect((await meshwright(...words)).exitCode).toBe(0);
    const input = steps.calls().find((call) => call.step === 'mesh/plan')?.input;
    expect((input as StepInputs['planUninstall']).options.remembered).toEqual([cluster2]);

    const again = removing(false);
    await work(again);
    expect((await meshwright(...words)).exitCode).toBe(0);
    const last = again.calls().find((call) => call.step === 'mesh/plan')?.input;
    expect((last as StepInputs['planUninstall']).options.remembered).toEqual([]);
  });

  test('and an install exclude each other, and the same uninstall attaches', async () => {
    const file = await install('rivals');
    const steps = removing(false);
    const held = steps.hold('cluster1/remove-cluster');
    await work(steps);
    const words = ['uninstall', 'rivals', '--yes', '--confirm', 'rivals', '--detach'];
    const started = await meshwright(...words, '-o', 'json');
    expect(JSON.parse(started.stdout)).toMatchObject({
      kind: 'UninstallStarted',
      attached: false,
    });
    await held.reached;
    const refused = await meshwright('install', '-f', file, '--yes');
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining('an uninstall of rivals runs: run '),
    ]);
    const attached = await meshwright(...words, '-o', 'json');
    expect(JSON.parse(attached.stdout)).toMatchObject({ attached: true });
    const other = await meshwright(...words, '--crds');
    expect([other.exitCode, other.stderr]).toEqual([
      1,
      expect.stringContaining('an uninstall of rivals with another file or other options runs'),
    ]);
    const following = startCli(['uninstall', 'rivals', '--yes', '--confirm', 'rivals'], env());
    await following.said('the same uninstall of rivals runs already');
    held.release();
    expect(await following.ended).toBe(0);

    const installing = scriptedInstall(INSTALL);
    const base = installing.hold('cluster1/base');
    await work(installing);
    const install2 = startCli(['install', '-f', file, '--yes'], env());
    await base.reached;
    const late = await meshwright(...words);
    expect([late.exitCode, late.stderr]).toEqual([
      1,
      expect.stringContaining('an install of rivals runs: run '),
    ]);
    base.release();
    expect(await install2.ended).toBe(0);
  });

  test('of a mesh that is used from outside ends with 1 and every object, and --force is handed on', async () => {
    await install('linked');
    const steps = removing(false).on('mesh/plan', () => {
      throw stepFailure('StillLinked', 'mesh linked is still used from outside: Secret x', {
        cure: 'meshwright uninstall linked --force',
        lines: ['Secret x of cluster1 lets istiod read cluster c9'],
      });
    });
    await work(steps);
    const words = ['uninstall', 'linked', '--yes', '--confirm', 'linked'];
    const refused = await meshwright(...words);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('Secret x of cluster1 lets istiod read cluster c9');
    expect(refused.stderr).toContain('meshwright uninstall linked --force');
    const pairs = [
      { from: 'cluster1', to: 'cluster1', ok: true, requests: 1, answers: 1, reason: null },
    ];
    await work(steps.on('mesh/verify-traffic', () => ({ changed: 0, summary: 'verified', pairs })));
    expect(await meshwright('verify', 'linked')).toMatchObject({ exitCode: 0 });
    const forced = removing(false);
    await work(forced);
    const options = ['--force', '--crds', '--leave-after', '5s', '--forget', 'cluster9'];
    expect((await meshwright(...words, ...options)).exitCode).toBe(0);
    const input = forced.calls().find((call) => call.step === 'mesh/plan')?.input;
    expect((input as StepInputs['planUninstall']).options).toMatchObject({
      force: true,
      crds: true,
      leaveAfterMs: 5_000,
      forget: ['cluster9'],
    });
  });

  test('removes nothing before somebody has written the name of the mesh', async () => {
    const file = await install('asked');
    const steps = removing(false);
    await work(steps);
    const ends = await Promise.all([
      meshwright('uninstall', 'asked'),
      meshwright('uninstall', 'asked', '--yes'),
      meshwright('uninstall', 'asked', '--yes', '--confirm', 'other'),
      meshwright('uninstall', 'other', '-f', file, '--yes', '--confirm', 'other'),
      meshwright('uninstall', 'never', '--yes', '--confirm', 'never'),
    ]);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2, 1]);
    expect(ends[0]?.stderr).toContain('--yes --confirm asked');
    expect(ends[1]?.stderr).toContain('--yes alone does not uninstall');
    expect(ends[3]?.stderr).toContain('describes mesh "asked", not "other"');
    expect(ends[4]?.stderr).toContain('was never installed');
    expect(ends[4]?.stderr).toContain('meshwright uninstall never -f mesh.yaml');
    expect(steps.calls()).toEqual([]);
  });
});
