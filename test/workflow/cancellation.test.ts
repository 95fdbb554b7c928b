import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from '@jest/globals';
import {
  aPlan,
  awaitProgress,
  progressOf,
  scriptedInstall,
  statesOf,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { stepFailure } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();

async function endOf(install: Handle): Promise<unknown> {
  return install.result().then(
    () => 'succeeded',
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
}

describe('a cancelled install', () => {
  const plan = aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'], 'cluster2/a': [] });

  test('stops what is running, starts nothing more and ends as canceled', async () => {
    const steps = scriptedInstall(plan);
    const held = steps.hold('cluster1/a');
    await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    await install.cancel();
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
    expect(steps.ended()).toContain('cluster1/a');
    expect((await install.describe()).status.name).toBe('CANCELLED');
    const progress = await progressOf(install);
    expect(progress.operation).toMatchObject({ state: 'canceled', finishedAt: expect.any(String) });
    expect(statesOf(progress)).toMatchObject({
      'cluster1/a': 'failed',
      'cluster1/b': 'pending',
      'cluster2/a': 'done',
    });
    expect(progress.steps.find((step) => step.id === 'cluster1/a')?.reason).toBe(
      'canceled before it was done',
    );
  });

  test('waits until a running step has really stopped', async () => {
    const steps = scriptedInstall(plan);
    const stopping = steps.stopSlowly('cluster1/a');
    await bed.work(steps);
    const install = await bed.start('install');
    await stopping.reached;
    await install.cancel();
    await stopping.asked;
    expect((await install.describe()).status.name).toBe('RUNNING');
    stopping.release();
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
    expect(steps.ended()).toContain('cluster1/a');
  });

  test('does not wait for a step that is blocked', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', () => {
      throw stepFailure('Forbidden', 'may not patch services');
    });
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
    await install.cancel();
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
    const progress = await progressOf(install);
    expect(progress.steps.find((step) => step.id === 'cluster1/a')).toMatchObject({
      state: 'failed',
      failure: 'Forbidden',
    });
  });
});
