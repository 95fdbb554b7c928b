import { createHash } from 'node:crypto';
import { STOP_SIGNAL } from '../../contract/mesh-sync.ts';
import type { OperationKind } from '../../contract/mesh-status.ts';
import { planInstall } from '../../mesh/plan/install-plan.ts';
import { planUninstall } from '../../mesh/plan/uninstall-plan.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { takeAway } from '../support/away-install.ts';
import { aCluster, aMeshSpec, factsOf, surveysOf } from '../support/a-mesh-spec.ts';
import {
  anUninstall,
  aPlan,
  awaitProgress,
  awaitStep,
  awaitTrue,
  retry,
  scriptedInstall,
  scriptedUninstall,
  startOperation,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { workerHolding } from '../support/killable-worker.ts';
import { AS_WAIT, longPlan } from '../support/long-plan.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';
import { aFollowSpec, aTargetLook, ScriptedSync } from '../support/scripted-sync.ts';
import { awaitSync, handOver } from '../support/sync-run.ts';
import { UNDO_PLAN_ID } from '../../mesh/plan/undo-plan-step.ts';
import { ANA, decideOn, endOf, needsPerson, skip } from '../support/decisions.ts';
import type { TemporalServer } from '../support/temporal-server.ts';
import type { TestActivities } from '../support/workflow-worker.ts';
import { EXAMPLE_MESHES, exampleMesh, shapeOfExample } from './example-meshes.ts';

/** What a shape is recorded with. */
export type Recording = {
  /** A server of its own kind for all shapes. */
  server: TemporalServer;
  /** Task queue of this shape. */
  taskQueue: string;
  /** Mesh of this shape, primary-remote on two networks. */
  spec: MeshSpec;
  /** Starts a worker with the steps; it ends with the recording. */
  work: (steps: { activities(): TestActivities }) => Promise<void>;
};

/** Records one shape: brings an operation to its end and answers its handle. */
export type RecordShape = (recording: Recording) => Promise<Handle>;

const SMALL = aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'], 'cluster2/a': [] });
const BY = { by: 'ana@laptop', reason: 'quota raised' };

/** Every shape that the control flow of an operation can take, by the name of its history. */
export const SHAPES: { [shape: string]: RecordShape } = {
  installed: async (recording) => {
    const steps = installSteps(recording.spec, false);
    steps.on('cluster1/apply-base', () => ({ changed: 20, summary: '20 objects, 20 changed' }));
    return ended(recording, steps, 'install');
  },
  'nothing-to-do': async (recording) =>
    ended(recording, installSteps(recording.spec, true), 'install'),
  'blocked-and-retried': async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec).on(
      'cluster1/a',
      needsPersonOnce('WaitTimedOut'),
    );
    return ended(recording, steps, 'install', async (install) => {
      await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
      await retry(install, { step: 'cluster1/a', ...BY });
    });
  },
  'blocked-having-written': async (recording) => {
    const plan = aPlan(
      { 'cluster1/a': [], 'cluster1/b': ['cluster1/a'] },
      { 'cluster1/b': { when: 'changed' } },
    );
    const steps = scriptedInstall(plan, recording.spec).on('cluster1/a', ({ round }) => {
      if (round > 1) return NOTHING_CHANGED;
      const changes = { created: 2, changed: 0, removed: 0, objects: [] };
      throw stepFailure('WaitTimedOut', 'a person must look', { changes });
    });
    return ended(recording, steps, 'install', async (install) => {
      await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
      await retry(install, { step: 'cluster1/a', ...BY });
    });
  },
  continued: async (recording) => {
    const plan = longPlan({ 'cluster1/a': [], 'cluster1/wait': [] }, { 'cluster1/wait': AS_WAIT });
    const steps = scriptedInstall(plan, recording.spec);
    steps.on('cluster1/a', needsPersonOnce('WaitTimedOut'));
    const held = steps.hold('cluster1/wait');
    await recording.work(steps);
    const first = await startOperation(
      recording.server,
      'install',
      recording.spec,
      recording.taskQueue,
    );
    const { workflow } = recording.server.client;
    const { workflowId, firstExecutionRunId } = first;
    await workflow
      .getHandle(workflowId, firstExecutionRunId, { followRuns: false })
      .result()
      .catch((end: unknown) => end);
    const latest = workflow.getHandle(workflowId) as Handle;
    await retry(latest, { step: 'cluster1/a', ...BY });
    held.release();
    return settled(latest);
  },
  skipped: async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec).on(
      'cluster1/a',
      needsPersonOnce('WaitTimedOut'),
    );
    return ended(recording, steps, 'install', async (install) => {
      await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
      await skip(install, { step: 'cluster1/a', ...ANA });
    });
  },
  aborted: async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec).on(
      'cluster1/a',
      needsPersonOnce('WaitTimedOut'),
    );
    const held = steps.hold('cluster2/a');
    return ended(recording, steps, 'install', async (install) => {
      await held.reached;
      await awaitStep(install, 'cluster1/a', 'blocked');
      await decideOn(install, 'abort');
      held.release();
    });
  },
  paused: async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec);
    const held = steps.hold('cluster1/a');
    return ended(recording, steps, 'install', async (install) => {
      await held.reached;
      await decideOn(install, 'pause');
      held.release();
      await awaitStep(install, 'cluster1/a', 'done');
      await decideOn(install, 'resume');
    });
  },
  'canceled-and-undone': async (recording) => {
    const undo = aPlan({ 'cluster1/undo-b': [], 'cluster1/undo-a': ['cluster1/undo-b'] });
    const steps = scriptedInstall(SMALL, recording.spec)
      .on('cluster1/b', needsPerson)
      .on(UNDO_PLAN_ID, () => ({ changed: 0, summary: '2 steps', plan: undo }));
    return ended(recording, steps, 'install', async (install) => {
      await awaitStep(install, 'cluster1/b', 'blocked');
      await decideOn(install, 'cancel', { ...ANA, undo: true });
      await endOf(install);
    });
  },
  'canceled-by-decision': async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec);
    const held = steps.hold('cluster1/a');
    return ended(recording, steps, 'install', async (install) => {
      await held.reached;
      await decideOn(install, 'cancel');
      await endOf(install);
    });
  },
  quarantined: async (recording) => {
    const steps = withoutCluster2(recording.spec);
    return ended(recording, steps, 'install', async (install) => {
      await awaitStep(install, 'cluster1/b', 'done');
      await decideOn(install, 'abort');
    });
  },
  attached: async (recording) => {
    const steps = withoutCluster2(recording.spec);
    return ended(recording, steps, 'install', async (install) => {
      await awaitStep(install, 'cluster1/b', 'done');
      bringBack(steps, recording.spec);
    });
  },
  lost: async (recording) => {
    const steps = withoutCluster2(recording.spec);
    bringBack(steps, recording.spec);
    const gone: (() => void)[] = [];
    steps.before('cluster2/a', () => {
      if (gone.length > 0) return;
      gone.push(takeAway(steps, 'cluster2', ['precheck', 'reach', 'a']));
      unreachable();
    });
    return ended(recording, steps, 'install', async (install) => {
      await awaitProgress(install, ({ clusters }) =>
        clusters.some(({ awaySince }) => awaySince !== undefined),
      );
      await awaitStep(install, 'cluster1/b', 'done');
      gone[0]?.();
    });
  },
  'given-up-while-away': async (recording) => {
    const steps = withoutCluster2(recording.spec);
    return ended(recording, steps, 'install', async (install) => {
      await awaitStep(install, 'cluster1/b', 'done');
      await decideOn(install, 'abort');
    });
  },
  'retried-while-planning': async (recording) => {
    const steps = withoutCluster2(recording.spec);
    steps.on('cluster1/b', needsPersonOnce('WaitTimedOut'));
    return ended(recording, steps, 'install', async (install) => {
      await awaitStep(install, 'cluster1/b', 'blocked');
      steps.on('mesh/plan', ({ round }) =>
        round === 2 ? needsPerson() : { ...NOTHING_CHANGED, plan: SMALL },
      );
      bringBack(steps, recording.spec);
      await awaitStep(install, 'mesh/plan', 'blocked');
      await retry(install, { step: 'cluster1/b', ...BY });
      await awaitStep(install, 'cluster1/b', 'done');
      await retry(install, { step: 'mesh/plan', ...BY });
    });
  },
  'many-away': async (recording) => {
    const away = Array.from({ length: 66 }, (_, index) => `away${index}`);
    const clusters = [...away, 'cluster1'].map((name) => aCluster(name, name));
    const spec = { ...recording.spec, clusters };
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), spec);
    for (const name of away) steps.on(`${name}/precheck`, unreachable);
    return ended({ ...recording, spec }, steps, 'install', async (install) => {
      await awaitStep(install, 'cluster1/a', 'done');
      await decideOn(install, 'abort');
    });
  },
  replanned: async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec);
    const plan = { ...NOTHING_CHANGED, plan: SMALL };
    steps.on('mesh/plan', (call) =>
      call.round === 1 ? needsPersonOnce('TrustMismatch')(call) : plan,
    );
    return ended(recording, steps, 'install', async (install) => {
      await awaitStep(install, 'mesh/plan', 'blocked');
      await retry(install, { step: 'mesh/plan', ...BY });
    });
  },
  'plan-changed': async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec).on('mesh/plan', () => {
      throw stepFailure('PlanChanged', 'the plan is now another one');
    });
    return ended(recording, steps, 'install');
  },
  canceled: async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec);
    const held = steps.hold('cluster1/a');
    return ended(recording, steps, 'install', async (install) => {
      await held.reached;
      await install.cancel();
    });
  },
  'worker-killed': async (recording) => {
    const { server, taskQueue, spec } = recording;
    const install = await startOperation(server, 'install', spec, taskQueue);
    const worker = await workerHolding(server.address, taskQueue, spec, SMALL, 'cluster1/a');
    await worker.kill();
    await recording.work(scriptedInstall(SMALL, spec));
    return settled(install);
  },
  'retried-transient': async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec).on('cluster1/a', ({ attempt }) => {
      if (attempt < 3) throw stepFailure('ClusterUnreachable', 'connection refused');
      return NOTHING_CHANGED;
    });
    return ended(recording, steps, 'install');
  },
  verified: async (recording) => {
    const pairs = [
      { from: 'cluster1', to: 'cluster2', ok: true, requests: 20, answers: 10, reason: null },
    ];
    return ended(
      recording,
      scriptedInstall(SMALL, recording.spec).on('mesh/verify-traffic', () => ({
        ...NOTHING_CHANGED,
        pairs,
      })),
      'verify',
    );
  },
  uninstalled: async (recording) => ended(recording, uninstallSteps(recording.spec), 'uninstall'),
  'uninstalled-unreachable': async (recording) => {
    const steps = uninstallSteps(recording.spec).on('cluster2/remove-cluster', () => ({
      ...NOTHING_CHANGED,
      leftBehind: {
        type: 'ClusterUnreachable',
        cure: 'uninstall again',
        cluster: { name: 'cluster2', context: 'kind-cluster2' },
        uid: 'uid-cluster2',
      },
    }));
    return ended(recording, steps, 'uninstall');
  },
  planned: async (recording) => ended(recording, installSteps(recording.spec, false), 'plan'),
  'plan-refused': async (recording) => {
    const steps = scriptedInstall(SMALL, recording.spec).on('cluster2/precheck', () => {
      throw stepFailure('UnsupportedVersion', 'kubernetes v1.20.0 is too old');
    });
    return ended(recording, steps, 'plan');
  },
  synced: (recording) => synced(recording, {}, 'blocked'),
  'sync-continued': (recording) => synced(recording, { eventsPerRun: 20 }, 'following'),
  ...Object.fromEntries(
    Object.keys(EXAMPLE_MESHES).map((example): [string, RecordShape] => [
      shapeOfExample(example),
      async (recording) => {
        const spec = exampleMesh(example);
        return ended({ ...recording, spec }, installSteps(spec, false), 'install');
      },
    ]),
  ),
};

/** A sync that writes, meets trouble, follows another mesh file and is stopped; answers its first run. */
async function synced(
  { server, taskQueue, spec: { name }, work }: Recording,
  more: { eventsPerRun?: number },
  state: 'blocked' | 'following',
): Promise<Handle> {
  const { client } = server;
  const sync = new ScriptedSync();
  await work(sync);
  const handle = await handOver(client, taskQueue, aFollowSpec(name, 'cluster2'), more);
  sync.see(aTargetLook('198.18.1.1'));
  sync.see(aTargetLook('198.18.1.1', '198.18.1.2'));
  await awaitSync(client, name, ({ written }) => written === 1);
  if (state === 'blocked')
    sync.onWrite(() => {
      throw stepFailure('Forbidden', 'cluster2: may not patch endpointslices');
    });
  sync.see(aTargetLook('198.18.1.2', '198.18.1.3'));
  await awaitSync(
    client,
    name,
    (now) => now.state === state && now.targets[0]?.wanted[0] === '198.18.1.3',
  );
  await handOver(client, taskQueue, aFollowSpec(name, 'cluster2', 'cluster3'));
  await awaitTrue(
    async () => sync.watched().at(-1)?.spec.targets.length,
    (targets) => targets === 2,
  );
  const latest = client.workflow.getHandle(handle.workflowId);
  await latest.signal(STOP_SIGNAL, { by: 'ana@laptop', reason: 'recorded' });
  await latest.result();
  return client.workflow.getHandle(handle.workflowId, handle.signaledRunId) as Handle;
}

/** Steps around the real plan of an uninstall. */
function uninstallSteps(spec: MeshSpec): ScriptedSteps {
  const surveys = surveysOf(spec, { cluster1: { components: ['base', 'remote-secret-cluster2'] } });
  const plan = planUninstall(
    spec,
    surveys,
    (text) => createHash('sha256').update(text).digest('hex'),
    anUninstall(),
  );
  return scriptedUninstall(plan, spec);
}

/** Steps around a real plan; `verified` as a mesh that was installed and verified before. */
function installSteps(spec: MeshSpec, verified: boolean): ScriptedSteps {
  const plan = planInstall(spec, factsOf(spec), (text) =>
    createHash('sha256').update(text).digest('hex'),
  );
  const steps = plan.steps.map((step) =>
    verified && step.kind === 'verifyTraffic' ? { ...step, when: 'changed' as const } : step,
  );
  return scriptedInstall({ ...plan, steps }, spec);
}

/** Steps of an install that goes on without cluster2 until its precheck is another. */
function withoutCluster2(spec: MeshSpec): ScriptedSteps {
  const plans = {
    whole: SMALL,
    part: aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'] }),
  };
  return scriptedInstall(SMALL, spec)
    .on('cluster2/precheck', unreachable)
    .on('mesh/plan', ({ input }) => ({
      ...NOTHING_CHANGED,
      plan: 'away' in input ? plans.part : plans.whole,
    }));
}

function unreachable(): never {
  throw stepFailure('ClusterUnreachable', 'connection refused');
}

/** Lets all clusters answer. */
function bringBack(steps: ScriptedSteps, spec: MeshSpec): void {
  for (const facts of factsOf(spec))
    steps.on(`${facts.cluster}/precheck`, () => ({ ...NOTHING_CHANGED, facts }));
}

function needsPersonOnce(
  type: 'WaitTimedOut' | 'TrustMismatch',
): (call: { round: number }) => typeof NOTHING_CHANGED {
  return ({ round }) => {
    if (round > 1) return NOTHING_CHANGED;
    throw stepFailure(type, 'a person must look', { cure: 'look' });
  };
}

async function ended(
  { server, taskQueue, spec, work }: Recording,
  steps: ScriptedSteps,
  kind: OperationKind,
  meanwhile: (operation: Handle) => Promise<void> = async () => undefined,
): Promise<Handle> {
  await work(steps);
  const operation = await startOperation(server, kind, spec, taskQueue, { graceMs: 1_500 });
  await meanwhile(operation);
  return settled(operation);
}

async function settled(operation: Handle): Promise<Handle> {
  await operation.result().catch(() => undefined);
  return operation;
}

/** Spec of a shape's mesh. */
export function specOf(shape: string): MeshSpec {
  return aMeshSpec({ name: shape });
}
