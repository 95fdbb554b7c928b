import { describe, expect, test } from '@jest/globals';
import { temporalActivityScope } from '../../activities/adapters/temporal-activity-scope.ts';
import { temporalMeshOperations } from '../../activities/adapters/temporal-mesh-operations.ts';
import { failureInterceptor } from '../../activities/attempt/failure-interceptor.ts';
import { createFollowMesh } from '../../activities/planning/follow-mesh.ts';
import { heartbeatInterceptor } from '../../activities/attempt/heartbeat-interceptor.ts';
import { syncActivities } from '../../activities/sync/sync-activities.ts';
import { syncWorkflowId } from '../../contract/workflow-ids.ts';
import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { PlanStep } from '../../mesh/plan/plan.ts';
import type { FollowSpec } from '../../mesh/sync/followed-target.ts';
import { factsOf } from '../support/a-mesh-spec.ts';
import { type FakeCluster, fakeCluster } from '../support/fake-cluster.ts';
import { fakePorts } from '../support/fake-ports.ts';
import {
  aPlan,
  awaitProgress,
  awaitStep,
  awaitTrue,
  retry,
  scriptedInstall,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { aFollowSpec } from '../support/scripted-sync.ts';
import { NOTHING_CHANGED, type ScriptedSteps, stepFailure } from '../support/scripted-steps.ts';
import { awaitSync, syncStatusOf } from '../support/sync-run.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const namespace = 'istio-system';
const GATEWAY: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Service',
  namespace,
  name: 'istio-eastwestgateway',
};
const SLICE: ObjectRef = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  namespace,
  name: 'istiod',
};

type Clusters = { one: FakeCluster; two: FakeCluster };

async function clusters(): Promise<Clusters> {
  const pair = { one: fakeCluster('cluster1'), two: fakeCluster('cluster2') };
  moveGateway(pair.one, '198.18.1.1');
  const slice: KubernetesObject = {
    apiVersion: SLICE.apiVersion,
    kind: SLICE.kind,
    metadata: { name: SLICE.name, namespace },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['198.18.1.1'] }],
  };
  await pair.two.apply(slice);
  return pair;
}

function moveGateway(cluster: FakeCluster, ip: string): void {
  cluster.update('cloud', GATEWAY, (service) => ({
    ...service,
    status: { loadBalancer: { ingress: [{ ip }] } },
  }));
}

async function address(cluster: FakeCluster): Promise<unknown> {
  return (await cluster.read(SLICE))?.['endpoints'];
}

/** Steps of an install that hands over what is to be followed, around a step that a test can hold. */
function stepsWith(spec: FollowSpec): ScriptedSteps {
  const plan = aPlan({ 'cluster1/a': [] });
  const follow = {
    id: 'mesh/follow',
    kind: 'followMesh',
    cluster: null,
    title: 'sync',
    needs: [],
    when: 'always',
    input: { spec },
  } satisfies PlanStep;
  return scriptedInstall({ ...plan, steps: [...plan.steps, follow] }, bed.spec());
}

/** A worker with scripted steps, and the real hand-over and sync over these clusters. */
async function work(steps: ScriptedSteps, { one, two }: Clusters): Promise<void> {
  const ports = fakePorts([one, two], {
    operations: temporalMeshOperations,
    scope: () => temporalActivityScope,
  });
  const real = { followMesh: createFollowMesh(ports), ...syncActivities(ports) };
  const around = [failureInterceptor, heartbeatInterceptor];
  await bed.workWith({ ...steps.activities(), ...real }, 0, around);
}

describe('an install and the sync that it begins', () => {
  test('the sync begins with the install, yields to it, and writes when it is over', async () => {
    const { name } = bed.spec();
    const { client } = bed.server();
    const pair = await clusters();
    const steps = stepsWith(aFollowSpec(name, 'cluster2'));
    const held = steps.hold('cluster1/a');
    await work(steps, pair);
    const install = await bed.start('install');
    const done = await awaitStep(install, 'mesh/follow', 'done');
    expect(done.steps.find(({ id }) => id === 'mesh/follow')?.reason).toBe('follows 1 object');
    moveGateway(pair.one, '198.18.1.2');
    const yielding = await awaitTrue(
      () => client.workflow.getHandle(syncWorkflowId(name)).describe(),
      ({ raw }) => /yields to install/.test(heartbeatOf(raw)),
    );
    expect(yielding.status.name).toBe('RUNNING');
    expect(await address(pair.two)).toEqual([{ addresses: ['198.18.1.1'] }]);
    held.release();
    await install.result();
    const status = await awaitSync(client, name, ({ written }) => written === 1);
    expect(status.changes).toMatchObject([{ before: ['198.18.1.1'], after: ['198.18.1.2'] }]);
    expect(await address(pair.two)).toEqual([{ addresses: ['198.18.1.2'] }]);
  });

  test('an install that waits for a person does not keep the sync from following', async () => {
    const { name } = bed.spec();
    const { client } = bed.server();
    const pair = await clusters();
    const steps = stepsWith(aFollowSpec(name, 'cluster2'));
    steps.on('cluster1/a', ({ round }) => {
      if (round === 1) throw stepFailure('WaitTimedOut', 'no address came');
      return { changed: 0, summary: 'there it is' };
    });
    await work(steps, pair);
    const install = await bed.start('install');
    await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
    moveGateway(pair.one, '198.18.1.2');
    await awaitSync(client, name, ({ written }) => written === 1);
    expect(await address(pair.two)).toEqual([{ addresses: ['198.18.1.2'] }]);
    await retry(install, { step: 'cluster1/a', by: 'ana@laptop', reason: 'repaired' });
    await install.result();
  });

  test('an install that only waits for a cluster that is away does not keep the sync from following', async () => {
    const spec = bed.spec();
    const { client } = bed.server();
    const pair = await clusters();
    const steps = stepsWith(aFollowSpec(spec.name, 'cluster2'));
    let isAway = true;
    steps.on('cluster2/precheck', () => {
      if (isAway) throw stepFailure('ClusterUnreachable', 'nobody answers');
      const facts = factsOf(spec).find(({ cluster }) => cluster === 'cluster2');
      return { ...NOTHING_CHANGED, ...(facts === undefined ? {} : { facts }) };
    });
    await work(steps, pair);
    const install = await bed.start('install', spec, { graceMs: 100 });
    await awaitStep(install, 'mesh/follow', 'done');
    moveGateway(pair.one, '198.18.1.2');
    await awaitSync(client, spec.name, ({ written }) => written === 1);
    expect(await address(pair.two)).toEqual([{ addresses: ['198.18.1.2'] }]);
    isAway = false;
    await install.result();
  });

  test('an install of a file with nothing to follow ends it', async () => {
    const { name } = bed.spec();
    const { client } = bed.server();
    const pair = await clusters();
    let spec = aFollowSpec(name, 'cluster2');
    const steps = stepsWith(spec);
    await work(steps, pair);
    await (await bed.start('install')).result();
    await awaitSync(client, name, ({ targets }) => targets.length === 1);
    spec = aFollowSpec(name);
    steps.on('mesh/plan', () => {
      const { steps: planned, ...plan } = aPlan({ 'cluster1/a': [] });
      const follow = { id: 'mesh/follow', kind: 'followMesh', cluster: null, title: 'sync' };
      const more = { needs: [], when: 'always', input: { spec } };
      const all = [...planned, { ...follow, ...more } as unknown as PlanStep];
      return { changed: 0, summary: 'planned', plan: { ...plan, steps: all } };
    });
    const second = (await bed.start('install')) as Handle;
    await second.result();
    const sync = client.workflow.getHandle(syncWorkflowId(name));
    expect(await sync.result()).toMatchObject({ ended: 'nothing to follow' });
    await expect(syncStatusOf(client, name)).resolves.toMatchObject({ targets: [] });
  });
});

/** Details of the pending activity's last heartbeat, as text. */
function heartbeatOf(raw: {
  pendingActivities?:
    { heartbeatDetails?: { payloads?: { data?: Uint8Array | null }[] | null } | null }[] | null;
}): string {
  const [activity] = raw.pendingActivities ?? [];
  return Buffer.from(activity?.heartbeatDetails?.payloads?.[0]?.data ?? '').toString();
}
