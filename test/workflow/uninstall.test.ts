import { WorkflowFailedError } from '@temporalio/client';
import { describe, expect, test } from '@jest/globals';
import { WORKFLOWS } from '../../contract/messages.ts';
import type { PlanInput, PlanResult, UninstallResult } from '../../contract/messages.ts';
import { planWorkflowId } from '../../contract/workflow-ids.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { planUninstall } from '../../mesh/plan/uninstall-plan.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { readHistory } from '../../client/history/read-history.ts';
import { runsFrom } from '../support/chain-of-runs.ts';
import { longPlan } from '../support/long-plan.ts';
import { surveysOf } from '../support/a-mesh-spec.ts';
import {
  anUninstall,
  aPlan,
  awaitProgress,
  awaitStep,
  progressOf,
  retry,
  scriptedUninstall,
  statesOf,
} from '../support/install-run.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();

/** What a step says that gave a cluster up. */
function left(cluster: string): StepOutcome {
  return {
    changed: 0,
    summary: 'left behind, what is in it stays: connection refused',
    leftBehind: {
      type: 'ClusterUnreachable',
      cure: 'uninstall again',
      cluster: { name: cluster, context: cluster },
      uid: null,
    },
  };
}

/** Steps around the real plan of a mesh with one remote. */
function planned(spec: MeshSpec): ScriptedSteps {
  const surveys = surveysOf(spec, { cluster1: { components: ['base', 'remote-secret-cluster2'] } });
  return scriptedUninstall(
    planUninstall(spec, surveys, () => '0123456789abcdef', anUninstall()),
    spec,
  );
}

test('planMesh plans an uninstall where there are options of one, and removes nothing', async () => {
  const plan = aPlan({ 'cluster1/a': [] });
  const spec = bed.spec();
  const steps = scriptedUninstall(plan, spec);
  await bed.work(steps);
  const input: PlanInput = {
    ...{ spec, specDigest: 'x', by: 'ana@laptop', reason: null },
    uninstall: anUninstall({ crds: true }),
  };
  const planning = await bed.server().client.workflow.start(WORKFLOWS.plan, {
    taskQueue: bed.taskQueue(),
    workflowId: planWorkflowId(spec.name),
    args: [input],
  });
  expect(((await planning.result()) as PlanResult).plan).toEqual(plan);
  expect(steps.started().sort()).toEqual(['cluster1/survey', 'cluster2/survey', 'mesh/plan']);
});

describe('uninstallMesh', () => {
  test('goes from the link over the remote to the primary, and to the key last, and answers what was removed', async () => {
    const spec = bed.spec();
    const steps = planned(spec).on('cluster1/remove-cluster', () => ({
      changed: 40,
      summary: '40 objects removed',
      remains: ['3 pods still carry a sidecar: restart them'],
    }));
    await bed.work(steps);
    const uninstall = await bed.start('uninstall', spec);
    const result = (await uninstall.result()) as unknown as UninstallResult;
    expect(result).toEqual({ changed: 40, planDigest: '0123456789ab', leftBehind: [] });
    expect(steps.started().slice(2)).toEqual([
      'mesh/plan',
      'mesh/end-sync',
      'cluster1/remove-remote-secret-cluster2',
      'cluster2/remove-cluster',
      'cluster1/remove-cluster',
      'mesh/release-trust',
    ]);
    const progress = await progressOf(uninstall);
    expect(progress.operation).toMatchObject({ kind: 'uninstall', state: 'succeeded' });
    expect(progress.steps.find(({ id }) => id === 'cluster1/remove-cluster')).toMatchObject({
      state: 'done',
      lines: ['3 pods still carry a sidecar: restart them'],
    });
  });

  test('gives the planner what the surveys read', async () => {
    const steps = scriptedUninstall(aPlan({}), bed.spec());
    await bed.work(steps);
    await (await bed.start('uninstall')).result();
    expect(steps.calls().find(({ step }) => step === 'mesh/plan')?.input).toMatchObject({
      surveys: [{ cluster: 'cluster1' }, { cluster: 'cluster2' }],
      options: anUninstall(),
    });
  });

  test('does not hold a primary for a remote that cannot be reached, says what it left, and keeps the key', async () => {
    const spec = bed.spec();
    const steps = planned(spec).on('cluster2/remove-cluster', () => left('cluster2'));
    await bed.work(steps);
    const uninstall = await bed.start('uninstall', spec);
    const result = (await uninstall.result()) as unknown as UninstallResult;
    expect(result.leftBehind).toEqual(['cluster2']);
    const progress = await progressOf(uninstall);
    expect(progress.operation.state).toBe('failed');
    expect(statesOf(progress)).toMatchObject({
      'cluster2/remove-cluster': 'skipped',
      'cluster1/remove-cluster': 'done',
      'mesh/release-trust': 'done',
    });
    expect(progress.steps.find(({ id }) => id === 'cluster2/remove-cluster')).toMatchObject({
      failure: 'ClusterUnreachable',
      cure: 'uninstall again',
    });
    expect(steps.calls().at(-1)).toMatchObject({
      step: 'mesh/release-trust',
      input: { leftBehind: ['cluster2'] },
    });
  });

  test('removes nothing from a mesh that is used from outside, and fails with who uses it', async () => {
    const steps = planned(bed.spec()).on('mesh/plan', () => {
      throw stepFailure('StillLinked', 'mesh1 is still used from outside', { lines: ['by c9'] });
    });
    await bed.work(steps);
    const uninstall = await bed.start('uninstall');
    const error: unknown = await uninstall.result().catch((thrown: unknown) => thrown);
    if (!(error instanceof WorkflowFailedError)) throw new Error('it did not fail');
    expect(error.cause).toMatchObject({ type: 'StillLinked', details: [{ lines: ['by c9'] }] });
    expect(steps.started().sort()).toEqual(['cluster1/survey', 'cluster2/survey', 'mesh/plan']);
  });

  test('blocks a cluster that needs a person while the others go on, and goes on by retry', async () => {
    const plan = aPlan({ 'cluster1/a': [], 'cluster2/a': [], 'cluster1/b': ['cluster1/a'] });
    const steps = scriptedUninstall(plan, bed.spec()).on('cluster1/a', ({ round }) => {
      if (round > 1) return NOTHING_CHANGED;
      throw stepFailure('Forbidden', 'may not delete');
    });
    await bed.work(steps);
    const uninstall = await bed.start('uninstall');
    const progress = await awaitProgress(
      uninstall,
      ({ operation }) => operation.state === 'blocked',
    );
    expect(statesOf(progress)).toMatchObject({ 'cluster2/a': 'done', 'cluster1/b': 'pending' });
    await retry(uninstall, { step: 'cluster1/a', by: 'ana@laptop', reason: 'granted' });
    await uninstall.result();
    expect(statesOf(await awaitStep(uninstall, 'cluster1/b', 'done'))['cluster1/a']).toBe('done');
  });

  test('whose history is full goes on in another run, which knows what the one before left behind', async () => {
    const plan = longPlan({ 'cluster1/a': [] });
    const steps = scriptedUninstall(plan, bed.spec()).on('cluster1/a', () => left('cluster1'));
    await bed.work(steps, 10);
    const uninstall = await bed.start('uninstall');
    const result = (await uninstall.result()) as unknown as UninstallResult;
    expect(result.leftBehind).toEqual(['cluster1']);
    const { client } = bed.server();
    const runs = await runsFrom(client, uninstall.workflowId, uninstall.firstExecutionRunId);
    expect(runs.length).toBeGreaterThan(1);
    const { events = [], runId = '' } = runs.at(-1) ?? {};
    const record = readHistory(events, uninstall.workflowId, runId);
    expect(record?.progress.operation).toMatchObject({ kind: 'uninstall', state: 'failed' });
    expect(record?.holding).toEqual([{ name: 'cluster1', context: 'cluster1', uid: '' }]);
    expect(record?.progress.steps.find(({ id }) => id === 'cluster1/a')).toMatchObject({
      state: 'skipped',
      failure: 'ClusterUnreachable',
    });
  }, 120_000);
});
