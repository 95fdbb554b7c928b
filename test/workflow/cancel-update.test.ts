import { CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from '@jest/globals';
import { readHistory } from '../../client/history/read-history.ts';
import { ANA, BEN, decideOn, endOf, needsPerson, refusalOf } from '../support/decisions.ts';
import {
  aPlan,
  awaitProgress,
  progressOf,
  scriptedInstall,
  statesOf,
} from '../support/install-run.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const PLAN = aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'] });

describe('an install that is canceled by a decision', () => {
  test('stops what runs, ends as Canceled, and keeps who and why', async () => {
    const steps = scriptedInstall(PLAN);
    const slow = steps.stopSlowly('cluster1/a');
    await bed.work(steps);
    const install = await bed.start('install');
    await slow.reached;
    await decideOn(install, 'cancel');
    await slow.asked;
    expect(await refusalOf(decideOn(install, 'cancel', BEN))).toMatch(
      /^ana@laptop canceled it at .+ \("the vendor is asleep"\): it comes to its end$/u,
    );
    slow.release();
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
    expect((await install.describe()).status.name).toBe('CANCELLED');
    const progress = await progressOf(install);
    expect(progress.operation).toMatchObject({ state: 'canceled', canceled: ANA });
    expect(statesOf(progress)).toMatchObject({ 'cluster1/a': 'failed', 'cluster1/b': 'pending' });
    const { events } = await install.fetchHistory();
    const record = readHistory(events ?? [], install.workflowId, install.firstExecutionRunId);
    expect(record).toMatchObject({
      decisions: [{ what: 'cancel', step: null, ...ANA }],
      progress: { operation: { state: 'canceled', canceled: ANA } },
    });
  });

  test('need not be running: one that is blocked or paused ends, too, and the answer comes', async () => {
    const steps = scriptedInstall(PLAN).on('cluster1/a', needsPerson);
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitProgress(install, ({ operation }) => operation.state === 'blocked');
    await decideOn(install, 'pause');
    expect(await decideOn(install, 'cancel', BEN)).toEqual({ at: expect.any(String) });
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
    const { operation } = await progressOf(install);
    expect(operation).toMatchObject({ state: 'canceled', canceled: BEN });
    expect(operation.paused).toBeUndefined();
  });

  test('is installed anew by the next install', async () => {
    const steps = scriptedInstall(PLAN).on('cluster1/a', needsPerson);
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitProgress(install, ({ operation }) => operation.state === 'blocked');
    await decideOn(install, 'cancel');
    await endOf(install);
    steps.on('cluster1/a', () => ({ changed: 1, summary: '1 object, 1 changed' }));
    const next = await bed.start('install');
    expect(await next.result()).toMatchObject({ changed: 1 });
  });
});
