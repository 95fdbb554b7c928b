import { describe, expect, test } from '@jest/globals';
import { aPlan, awaitStep, progressOf, scriptedInstall } from '../support/install-run.ts';
import { workerHolding } from '../support/killable-worker.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();

describe('an install goes on with the next worker', () => {
  const plan = aPlan({
    'cluster1/a': [],
    'cluster1/b': ['cluster1/a'],
    'cluster1/c': ['cluster1/b'],
  });

  test('when its worker was killed in the middle of a step, and repeats nothing that was done', async () => {
    const spec = bed.spec();
    const install = await bed.start('install', spec);
    const first = await workerHolding(
      bed.server().address,
      bed.taskQueue(),
      spec,
      plan,
      'cluster1/b',
    );
    await first.kill();
    const steps = scriptedInstall(plan, spec);
    await bed.work(steps);
    await install.result();
    expect(steps.calls().map(({ step, round, attempt }) => [step, round, attempt])).toEqual([
      ['cluster1/b', 1, 2],
      ['cluster1/c', 1, 1],
    ]);
    expect((await progressOf(install)).operation.state).toBe('succeeded');
  });

  test('when its worker was shut down in the middle of a step', async () => {
    const steps = scriptedInstall(plan);
    const held = steps.hold('cluster1/b');
    const first = await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    await first.stop();
    held.release();
    await bed.work(steps);
    await install.result();
    expect(steps.started().slice(-3)).toEqual(['cluster1/b', 'cluster1/b', 'cluster1/c']);
    expect((await awaitStep(install, 'cluster1/b', 'done')).operation.state).toBe('succeeded');
  });
});
