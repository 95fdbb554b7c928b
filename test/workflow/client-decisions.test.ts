import { expect, test } from '@jest/globals';
import { UNDO_PLAN_ID } from '../../mesh/plan/undo-plan-step.ts';
import type { RunResult } from '../../bin/run-meshwright.ts';
import { clientBed } from '../support/client-bed.ts';
import { needsPerson } from '../support/decisions.ts';
import { aPlan, scriptedInstall } from '../support/install-run.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';

const { meshFile, meshwright, work } = clientBed();
const PLAN = aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'] });

/** Installs a mesh of that name with these steps, and answers how that ended. */
async function install(mesh: string, steps: ScriptedSteps): Promise<RunResult> {
  await work(steps, 0);
  return meshwright('install', '-f', await meshFile(mesh), '--yes');
}

function blocked(): ScriptedSteps {
  return scriptedInstall(PLAN).on('cluster1/a', needsPerson);
}

test('skip goes on without the step, says what is missing and how to make it good, and so does status', async () => {
  const before = await install('without', blocked());
  expect(before.exitCode).toBe(3);
  expect(before.stderr).toContain('Or     meshwright skip without cluster1/a --reason "…"');
  const { exitCode, stdout, stderr } = await meshwright(
    'skip',
    'without',
    'cluster1/a',
    '--reason',
    'asleep',
  );
  const missing = "missing: other networks cannot reach that cluster's services";
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`step cluster1/a skipped · ${missing}`);
  expect(stdout).toContain(`cluster1/a: skipped by ana@laptop: asleep; ${missing}`);
  expect(stdout).toContain('make it good: meshwright install -f mesh.yaml');
  const status = await meshwright('status', 'without');
  expect(status.stdout).toContain(`cluster1/a: skipped by ana@laptop: asleep; ${missing}`);
  const again = await meshwright('skip', 'without', 'cluster1/a', '--reason', 'x');
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain('no operation of without runs');
});

test('abort wants the name of the mesh, ends the install, and history tells who and why', async () => {
  await install('hopeless', blocked());
  const unasked = await meshwright('abort', 'hopeless', '--reason', 'wrong', '--yes');
  expect(unasked.exitCode).toBe(2);
  expect(unasked.stderr).toContain('--yes --confirm hopeless');
  const other = await meshwright('abort', 'hopeless', '--reason', 'x', '--confirm', 'hope');
  expect(other.exitCode).toBe(2);
  const sure = ['--yes', '--confirm', 'hopeless'];
  const { exitCode, stderr } = await meshwright('abort', 'hopeless', '--reason', 'no', ...sure);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('the install is given up: nothing new starts');
  expect((await meshwright('history', 'hopeless')).stdout).toContain('aborted by ana@laptop: no');
  const { stdout } = await meshwright('history', 'hopeless', '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject({
    operations: [
      {
        state: 'failed',
        failure: { type: 'Aborted' },
        decisions: [{ what: 'abort', reason: 'no' }],
      },
    ],
  });
});

test('an install that is taken back is not followed by whoever asks for the same one, and says who did that', async () => {
  const undo = aPlan({ 'cluster1/undo-b': [] });
  const steps = blocked()
    .on(UNDO_PLAN_ID, () => ({ changed: 0, summary: 'taken back', plan: undo }))
    .on('cluster1/undo-b', needsPerson);
  await install('regretted', steps);
  const sure = ['--yes', '--confirm', 'regretted'];
  const undone = await meshwright('cancel', 'regretted', '--undo', '--reason', 'oh no', ...sure);
  expect(undone.exitCode).toBe(3);
  const words = ['install', '-f', await meshFile('regretted'), '--yes', '--detach'];
  const { exitCode, stdout, stderr } = await meshwright(...words);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(
    /an install of regretted comes to its end: run \S+ was canceled \S+ ago by ana@laptop \("oh no"\), and what it made is taken back/u,
  );
  expect(stderr).toContain('meshwright status regretted --watch');
  await meshwright('abort', 'regretted', '--reason', 'enough', ...sure);
});

test('pause holds an install, resume lets it go on, cancel ends it: each answers as JSON and is seen in status', async () => {
  const steps = blocked();
  await install('held', steps);
  const paused = await meshwright('pause', 'held', '--reason', 'freeze', '-o', 'json');
  expect(paused.exitCode).toBe(0);
  expect(JSON.parse(paused.stdout)).toMatchObject({
    kind: 'PauseAccepted',
    mesh: 'held',
    by: 'ana@laptop',
    reason: 'freeze',
  });
  const status = await meshwright('status', 'held');
  expect(status.exitCode).toBe(3);
  expect(status.stdout).toMatch(/the install of held is paused since \S+ by ana@laptop: "freeze"/u);
  expect(status.stdout).toContain('meshwright resume held --reason "…"');
  const second = await meshwright('pause', 'held', '--reason', 'me too');
  expect(second.exitCode).toBe(1);
  expect(second.stderr).toContain('the pause was refused: ana@laptop paused it at');
  const resumed = await meshwright('resume', 'held', '--reason', 'thawed');
  expect(resumed.exitCode).toBe(3);
  const sure = ['--yes', '--confirm', 'held'];
  const canceled = await meshwright('cancel', 'held', '--reason', 'wrong file', ...sure);
  expect(canceled.exitCode).toBe(0);
  expect(canceled.stderr).toMatch(/install was canceled after \S+ by ana@laptop: "wrong file"/u);
  const { stdout } = await meshwright('history', 'held', '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject({
    operations: [
      {
        state: 'canceled',
        decisions: [
          { what: 'pause' },
          { what: 'resume' },
          { what: 'cancel', reason: 'wrong file' },
        ],
      },
    ],
  });
});
