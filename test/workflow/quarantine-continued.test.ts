import { Worker } from '@temporalio/worker';
import { describe, expect, jest, test } from '@jest/globals';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { aCluster, factsOf } from '../support/a-mesh-spec.ts';
import { takeAway } from '../support/away-install.ts';
import { runsFrom } from '../support/chain-of-runs.ts';
import {
  aPlan,
  awaitProgress,
  awaitStep,
  progressOf,
  scriptedInstall,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { workerHolding } from '../support/killable-worker.ts';
import { awaitNextRun, longPlan } from '../support/long-plan.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';
import { bundledWorkflows } from '../support/workflow-worker.ts';

const bed = workflowBed();
const GRACE = { graceMs: 1_500 };
const WHOLE = { ...aPlan({ 'cluster1/a': [], 'cluster3/a': [] }), digest: 'whole' };

jest.setTimeout(240_000);

function threePrimaries(): MeshSpec {
  const names = ['cluster1', 'cluster2', 'cluster3'];
  return bed.spec({ clusters: names.map((name, index) => aCluster(name, `network${index}`)) });
}

/** Steps of an install that does the given plan while cluster3 is away. */
function withoutCluster3(spec: MeshSpec, part = WHOLE): ScriptedSteps {
  return scriptedInstall(WHOLE, spec)
    .on('cluster3/precheck', () => {
      throw stepFailure('ClusterUnreachable', 'connection refused');
    })
    .on('mesh/plan', ({ input }) => ({
      ...NOTHING_CHANGED,
      plan: 'away' in input ? part : WHOLE,
    }));
}

function bringBack(steps: ScriptedSteps, spec: MeshSpec): void {
  const facts = factsOf(spec).find(({ cluster }) => cluster === 'cluster3');
  steps.on('cluster3/precheck', () => ({
    ...NOTHING_CHANGED,
    ...(facts === undefined ? {} : { facts }),
  }));
}

async function awaySince(install: Handle): Promise<string | undefined> {
  const { clusters } = await progressOf(install);
  return clusters.find(({ name }) => name === 'cluster3')?.awaySince;
}

async function expectRunsToReplay({ workflowId, firstExecutionRunId }: Handle): Promise<void> {
  const runs = await runsFrom(bed.server().client, workflowId, firstExecutionRunId);
  expect(runs.length).toBeGreaterThan(1);
  for (const { events } of runs)
    await Worker.runReplayHistory(
      { workflowBundle: { codePath: await bundledWorkflows() } },
      { events },
      workflowId,
    );
}

describe('an install of which one cluster is away', () => {
  test('goes on in another run when its history is full, knows there who is away, and attaches it', async () => {
    const spec = threePrimaries();
    const steps = withoutCluster3(spec, longPlan({ 'cluster1/a': [] }));
    await bed.work(steps, 10);
    const install = await bed.start('install', spec, GRACE);
    const { client } = bed.server();
    const any = client.workflow.getHandle(install.workflowId) as Handle;
    await awaitStep(any, 'cluster1/a', 'done');
    const since = await awaySince(any);
    expect(since).toBeDefined();
    await awaitNextRun(any, install.firstExecutionRunId);
    expect(await awaySince(any)).toBe(since);
    bringBack(steps, spec);
    expect(await any.result()).toMatchObject({ planDigest: 'whole' });
    expect(await awaySince(any)).toBeUndefined();
    await expectRunsToReplay(install);
  });

  test('notices that it is lost in a run other than that in which it was there', async () => {
    const spec = threePrimaries();
    const long = longPlan({ 'cluster1/a': [], 'cluster3/a': [] });
    const part = { ...aPlan({ 'cluster1/a': [] }), digest: 'part' };
    const steps = scriptedInstall(long, spec).on('mesh/plan', ({ input, round }) => ({
      ...NOTHING_CHANGED,
      plan: 'away' in input ? part : round === 1 ? long : WHOLE,
    }));
    const comesBack = takeAway(steps, 'cluster3', ['reach', 'a']);
    await bed.work(steps, 10);
    const install = await bed.start('install', spec, GRACE);
    const { client } = bed.server();
    const any = client.workflow.getHandle(install.workflowId) as Handle;
    await awaitNextRun(any, install.firstExecutionRunId);
    await awaitStep(any, 'cluster3/reach', 'running');
    const looksAgain = takeAway(steps, 'cluster3');
    await awaitProgress(any, ({ planDigest }) => planDigest === 'part');
    expect(await awaySince(any)).toBeDefined();
    comesBack();
    looksAgain();
    expect(await any.result()).toMatchObject({ planDigest: 'whole' });
    expect(await awaySince(any)).toBeUndefined();
    await expectRunsToReplay(install);
  });

  test('goes on with the next worker when its own was killed meanwhile', async () => {
    const spec = threePrimaries();
    const { address } = bed.server();
    const install = await bed.start('install', spec, GRACE);
    const killed = await workerHolding(address, bed.taskQueue(), spec, WHOLE, 'cluster3/precheck');
    await awaitStep(install, 'cluster1/a', 'done');
    await killed.kill();
    const steps = withoutCluster3(spec);
    await bed.work(steps);
    expect(await awaySince(install)).toBeDefined();
    bringBack(steps, spec);
    await install.result();
    expect(steps.started().filter((id) => id === 'mesh/plan')).toHaveLength(1);
    expect((await progressOf(install)).operation.state).toBe('succeeded');
  });
});
