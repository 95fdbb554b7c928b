import { Worker } from '@temporalio/worker';
import { describe, expect, jest, test } from '@jest/globals';
import { MESH_BLOCKED_STEPS, MESH_CLUSTERS, MESH_NAME } from '../../contract/search-attributes.ts';
import { runsFrom } from '../support/chain-of-runs.ts';
import {
  awaitProgress,
  awaitStep,
  progressOf,
  retry,
  scriptedInstall,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { AS_WAIT, awaitFull, awaitNextRun, longPlan } from '../support/long-plan.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';
import { bundledWorkflows } from '../support/workflow-worker.ts';

const bed = workflowBed();
const ANA = { by: 'ana@laptop', reason: 'quota raised' };
/** Steps that wait for a person until they are retried. */
const BLOCKED = ['cluster1/a', 'cluster1/b', 'cluster1/c', 'cluster1/d'];

jest.setTimeout(120_000);

/** The install by its workflow id alone, whichever run it is in. */
function anyRun(install: Handle): Handle {
  return bed.server().client.workflow.getHandle(install.workflowId) as Handle;
}

/** A long install in which some steps are blocked, a wait is held, and so is one that works. */
function longInstall(): ScriptedSteps {
  const needs = Object.fromEntries(BLOCKED.map((id) => [id, []]));
  const plan = longPlan(
    { ...needs, 'cluster1/wait': [], 'cluster1/work': [] },
    { 'cluster1/wait': AS_WAIT },
  );
  const steps = scriptedInstall(plan);
  for (const id of BLOCKED) {
    steps.on(id, ({ round }) => {
      if (round > 1) return NOTHING_CHANGED;
      throw stepFailure('Forbidden', 'may not', { cure: 'grant it' });
    });
  }
  return steps;
}

function roundsOf(steps: ScriptedSteps, id: string): number[] {
  return steps.calls().flatMap((call) => (call.step === id ? [call.round] : []));
}

describe('an install whose history is full', () => {
  test('goes on in another run: what was blocked, retried, awaited and done is so there too', async () => {
    const steps = longInstall();
    const wait = steps.hold('cluster1/wait');
    const work = steps.hold('cluster1/work');
    await bed.work(steps, 10);
    const install = await bed.start('install');
    const first = install.firstExecutionRunId;
    const any = anyRun(install);
    await awaitFull(any, 2);
    const before = await progressOf(any);

    // while the run waits for the work in flight: taken, not begun
    await retry(any, { step: 'cluster1/a', ...ANA });
    expect(roundsOf(steps, 'cluster1/a')).toEqual([1]);
    // in the very moment of the end
    const racing = retry(any, { step: 'cluster1/b', ...ANA });
    work.release();
    expect(await racing).toEqual({ step: 'cluster1/b', round: 2 });
    const second = await awaitNextRun(any, first);
    // just after
    expect(await retry(any, { step: 'cluster1/c', ...ANA })).toEqual({
      step: 'cluster1/c',
      round: 2,
    });
    for (const id of ['cluster1/a', 'cluster1/b', 'cluster1/c']) {
      const { steps: shown } = await awaitStep(any, id, 'done');
      expect(shown.find((step) => step.id === id)).toMatchObject({ attempts: 2, lastRetry: ANA });
      expect(roundsOf(steps, id)).toEqual([1, 2]);
    }

    const after = await progressOf(any);
    expect(after.operation).toMatchObject({
      state: 'running',
      runId: second,
      firstRunId: first,
      startedAt: before.operation.startedAt,
    });
    expect(after).toMatchObject({ planDigest: before.planDigest, planSummary: before.planSummary });
    expect(after.steps.map(({ id }) => id)).toEqual(before.steps.map(({ id }) => id));
    const step = (id: string) => after.steps.find((known) => known.id === id);
    // nobody asked for it again
    expect(step('cluster1/d')).toMatchObject({ state: 'blocked', attempts: 1, cure: 'grant it' });
    expect(roundsOf(steps, 'cluster1/d')).toEqual([1]);
    // the wait is the same attempt, since the same time, and knows when it began
    const waited = before.steps.find(({ id }) => id === 'cluster1/wait');
    expect(step('cluster1/wait')).toMatchObject({
      state: 'running',
      attempts: 1,
      since: waited?.since,
    });
    expect(
      steps.calls().flatMap(({ step: id, clock }) => (id === 'cluster1/wait' ? [clock] : [])),
    ).toEqual([undefined, { scheduledAt: waited?.since }]);

    const described = await any.describe();
    expect(await described.staticSummary()).toBe(
      await install.describe().then((it) => it.staticSummary()),
    );
    expect(described.typedSearchAttributes.get(MESH_NAME)).toBe(
      install.workflowId.replace('mesh-', ''),
    );
    expect(described.typedSearchAttributes.get(MESH_CLUSTERS)).toEqual(['cluster1', 'cluster2']);
    expect(described.typedSearchAttributes.get(MESH_BLOCKED_STEPS)).toEqual(['cluster1/d']);

    wait.release();
    await awaitProgress(any, ({ operation }) => operation.state === 'blocked');
    await retry(any, { step: 'cluster1/d', ...ANA });
    await any.result();
    const runs = await runsFrom(bed.server().client, install.workflowId, first);
    expect(runs).toHaveLength(2);
    const instant = steps.started().filter((id) => id.startsWith('cluster2/n'));
    expect(new Set(instant).size).toBe(instant.length);
    for (const { events } of runs) {
      expect(events.length).toBeLessThan(4_096);
      await Worker.runReplayHistory(
        { workflowBundle: { codePath: await bundledWorkflows() } },
        { events },
        install.workflowId,
      );
    }
  });

  test('leaves no work behind that takes long: it is stopped, and begins anew in the next run as the same attempt', async () => {
    const steps = scriptedInstall(longPlan({ 'cluster1/work': [] }));
    const work = steps.stopSlowly('cluster1/work');
    await bed.work(steps, 10);
    const install = await bed.start('install');
    await work.asked;
    steps.on('cluster1/work', () => NOTHING_CHANGED);
    expect(roundsOf(steps, 'cluster1/work')).toEqual([1]);
    work.release();
    const any = anyRun(install);
    await awaitNextRun(any, install.firstExecutionRunId);
    await any.result();
    expect(roundsOf(steps, 'cluster1/work')).toEqual([1, 1]);
    const { steps: shown } = await progressOf(any);
    expect(shown.find(({ id }) => id === 'cluster1/work')).toMatchObject({
      state: 'done',
      attempts: 1,
    });
  });

  test('is cancelled as a whole while it comes to the end of a run', async () => {
    const steps = scriptedInstall(longPlan({ 'cluster1/work': [] }));
    const work = steps.hold('cluster1/work');
    await bed.work(steps, 10);
    const install = await bed.start('install');
    await work.reached;
    const any = anyRun(install);
    await awaitFull(any, 1);
    await any.cancel();
    await expect(any.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const { operation } = await progressOf(any);
    expect(operation).toMatchObject({ state: 'canceled', runId: install.firstExecutionRunId });
  });
});
