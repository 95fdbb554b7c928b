import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from '@jest/globals';
import { readHistory } from '../../client/history/read-history.ts';
import { ANA, BEN, decideOn, endOf, needsPerson, refusalOf, skip } from '../support/decisions.ts';
import {
  aPlan,
  awaitProgress,
  awaitStep,
  progressOf,
  retry,
  scriptedInstall,
  statesOf,
} from '../support/install-run.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();

describe('an install that is given up', () => {
  const plan = aPlan({
    'cluster1/a': [],
    'cluster2/a': [],
    'cluster2/b': ['cluster2/a'],
    'cluster3/a': [],
  });

  test('lets what runs end, starts nothing more, and fails with who gave it up and why', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', needsPerson);
    const held = steps.hold('cluster2/a');
    await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    await awaitStep(install, 'cluster1/a', 'blocked');
    await decideOn(install, 'abort');
    held.release();
    const end = await endOf(install);
    expect(end).toBeInstanceOf(ApplicationFailure);
    expect(end).toMatchObject({
      type: 'Aborted',
      message: 'aborted by ana@laptop: the vendor is asleep',
      details: [{ lines: ['cluster1/a: service has no address'] }],
    });
    const progress = await progressOf(install);
    expect(progress.operation).toMatchObject({ state: 'failed', aborted: ANA });
    expect(statesOf(progress)).toMatchObject({
      'cluster1/a': 'failed',
      'cluster2/a': 'done',
      'cluster2/b': 'pending',
    });
    expect(steps.started()).not.toContain('cluster2/b');
    const { events } = await install.fetchHistory();
    const record = readHistory(events ?? [], install.workflowId, install.firstExecutionRunId);
    expect(record).toMatchObject({
      decisions: [{ what: 'abort', step: null, ...ANA }],
      failure: { type: 'Aborted' },
      progress: { operation: { state: 'failed', aborted: ANA } },
    });
  });

  test('stops what does not end by itself, and waits until it has stopped', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', needsPerson);
    const slow = steps.stopSlowly('cluster2/a');
    await bed.work(steps);
    const install = await bed.start('install');
    await slow.reached;
    await awaitStep(install, 'cluster1/a', 'blocked');
    await decideOn(install, 'abort');
    const told = /^ana@laptop aborted it at .+ \("the vendor is asleep"\): it comes to its end$/u;
    expect(await refusalOf(decideOn(install, 'abort', BEN))).toMatch(told);
    expect(await refusalOf(decideOn(install, 'pause', BEN))).toMatch(told);
    expect(await refusalOf(retry(install, { step: 'cluster1/a', ...BEN }))).toMatch(told);
    expect(await refusalOf(skip(install, { step: 'cluster1/a', ...BEN }))).toMatch(told);
    await slow.asked;
    expect((await install.describe()).status.name).toBe('RUNNING');
    slow.release();
    expect(await endOf(install)).toMatchObject({ type: 'Aborted' });
    expect(statesOf(await progressOf(install))).toMatchObject({ 'cluster2/a': 'failed' });
  });

  test('may be blocked in a look that is taken again before planning again', async () => {
    const steps = scriptedInstall(plan).on('mesh/plan', needsPerson);
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitStep(install, 'mesh/plan', 'blocked');
    steps.on('cluster1/precheck', needsPerson);
    await retry(install, { step: 'mesh/plan', ...ANA });
    await awaitStep(install, 'cluster1/precheck', 'blocked');
    await decideOn(install, 'abort');
    expect(await endOf(install)).toMatchObject({ type: 'Aborted' });
  });

  test('is not given up while nothing is blocked: that is what cancel is for', async () => {
    const steps = scriptedInstall(plan);
    const held = steps.hold('cluster2/a');
    await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    const mesh = install.workflowId.replace('mesh-', '');
    expect(await refusalOf(decideOn(install, 'abort'))).toBe(
      `nothing is blocked, so there is nothing to give up; to stop it all the same: meshwright cancel ${mesh} --reason "…"`,
    );
    expect(await refusalOf(decideOn(install, 'abort', { by: 'ana' }))).toBe(
      'field reason is empty: say why',
    );
    held.release();
    await awaitProgress(install, ({ operation }) => operation.state === 'succeeded');
  });
});
