import { describe, expect, test } from '@jest/globals';
import { MESH_STATE } from '../../contract/search-attributes.ts';
import { readHistory } from '../../client/history/read-history.ts';
import { ANA, BEN, decideOn, endOf, needsPerson, refusalOf, skip } from '../support/decisions.ts';
import {
  aPlan,
  awaitProgress,
  awaitStep,
  progressOf,
  retry,
  scriptedInstall,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { awaitFull, awaitNextRun, longPlan } from '../support/long-plan.ts';
import { NOTHING_CHANGED } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const PLAN = aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'], 'cluster2/a': [] });

describe('a paused install', () => {
  test('starts nothing, lets what runs go on, is seen as paused across workers, and goes on when resumed', async () => {
    const steps = scriptedInstall(PLAN);
    const held = steps.hold('cluster1/a');
    const worker = await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    await decideOn(install, 'pause');
    held.release();
    const paused = await awaitStep(install, 'cluster1/a', 'done');
    expect(paused.operation).toMatchObject({ state: 'paused', paused: ANA });
    const described = await install.describe();
    expect(described.typedSearchAttributes.get(MESH_STATE)).toBe('paused');
    await worker.stop();
    await bed.work(steps);
    expect((await progressOf(install)).operation).toMatchObject({ state: 'paused', paused: ANA });
    expect(steps.started()).not.toContain('cluster1/b');
    const { events } = await install.fetchHistory();
    const read = readHistory(events ?? [], install.workflowId, install.firstExecutionRunId);
    expect(read?.progress.operation).toMatchObject({ state: 'paused', paused: ANA });
    await decideOn(install, 'resume', BEN);
    await install.result();
    expect(steps.ended()).toContain('cluster1/b');
    const { operation } = await progressOf(install);
    expect(operation.state).toBe('succeeded');
    expect(operation.paused).toBeUndefined();
  });

  test('takes retries and skips meanwhile, and does the retry after it', async () => {
    const plan = aPlan({ 'cluster1/a': [], 'cluster2/a': [] });
    const steps = scriptedInstall(plan).on('cluster1/a', ({ round }) =>
      round === 1 ? needsPerson() : NOTHING_CHANGED,
    );
    steps.on('cluster2/a', needsPerson);
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitProgress(install, ({ operation }) => operation.state === 'blocked');
    await awaitStep(install, 'cluster2/a', 'blocked');
    await decideOn(install, 'pause');
    await retry(install, { step: 'cluster1/a', ...ANA });
    await skip(install, { step: 'cluster2/a', ...ANA });
    await awaitStep(install, 'cluster2/a', 'skipped');
    expect(steps.calls().filter(({ step }) => step === 'cluster1/a')).toHaveLength(1);
    await decideOn(install, 'resume');
    await install.result();
  });

  test('is refused twice, naming who was first, and so is resuming what goes on', async () => {
    const steps = scriptedInstall(PLAN);
    const held = steps.hold('cluster1/a');
    await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    const mesh = install.workflowId.replace('mesh-', '');
    expect(await refusalOf(decideOn(install, 'resume'))).toBe(
      `it is not paused; to hold it: meshwright pause ${mesh} --reason "…"`,
    );
    await decideOn(install, 'pause');
    expect(await refusalOf(decideOn(install, 'pause', BEN))).toMatch(
      /^ana@laptop paused it at .+ \("the vendor is asleep"\) already; to go on: meshwright resume \S+ --reason "…"$/u,
    );
    await decideOn(install, 'resume');
    expect(await refusalOf(decideOn(install, 'resume', BEN))).toMatch(
      /^ana@laptop resumed it at .+ already$/u,
    );
    held.release();
    await install.result();
  });

  test('stays paused in the next run when its history is full', async () => {
    const steps = scriptedInstall(longPlan({ 'cluster1/work': [] }));
    const held = steps.hold('cluster1/work');
    await bed.work(steps, 10);
    const install = await bed.start('install');
    const any = bed.server().client.workflow.getHandle(install.workflowId) as Handle;
    await awaitFull(any, 1);
    await decideOn(any, 'pause');
    held.release();
    await awaitNextRun(any, install.firstExecutionRunId);
    expect((await progressOf(any)).operation).toMatchObject({ state: 'paused', paused: ANA });
    await decideOn(any, 'cancel', BEN);
    await endOf(any);
    expect((await progressOf(any)).operation).toMatchObject({ state: 'canceled', canceled: BEN });
  }, 120_000);
});
