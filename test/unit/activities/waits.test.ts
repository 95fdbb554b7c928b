import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createAwaitControlPlane } from '../../../activities/control-plane/await-control-plane.ts';
import { createAwaitGateway } from '../../../activities/gateway/await-gateway.ts';
import { createAwaitGatewayAddress } from '../../../activities/gateway/gateway-address.ts';
import { MeshFailure } from '../../../mesh/failure.ts';
import type { KubernetesObject, ObjectRef } from '../../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../../mesh/plan/plan.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts, fakeScope } from '../../support/fake-ports.ts';

const cluster1 = { name: 'cluster1', context: 'cluster1' };
const namespace = 'istio-system';
const gatewayService: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Service',
  namespace,
  name: 'istio-eastwestgateway',
};
const istiod: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'istiod' };
const istiodPod: ObjectRef = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'istiod-1' };

function rollOut(
  cluster: FakeCluster,
  ref: ObjectRef,
  available: number,
  more: object = {},
  maker = 'meshwright',
): void {
  const status = {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    availableReplicas: available,
    ...more,
  };
  cluster.update(maker, ref, (object) => ({ ...object, spec: { replicas: 1 } }));
  cluster.update('kube-controller-manager', ref, (object) => ({ ...object, status }));
}

function podStatus(
  cluster: FakeCluster,
  reason: string,
  ref = istiodPod,
  replicaSet = 'istiod-7c7f59fb48',
): void {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet }];
  const labels = { app: 'istiod', 'istio.io/rev': 'default' };
  cluster.update('kubelet', ref, (pod) => ({
    ...pod,
    metadata: { ...pod.metadata, labels, ownerReferences },
    status: {
      containerStatuses: [
        { name: 'discovery', state: { waiting: { reason, message: 'no such image' } } },
      ],
    },
  }));
}

const injected = (pod: KubernetesObject): KubernetesObject => ({
  ...pod,
  spec: { containers: [{ name: 'istio-proxy', image: 'hub/proxyv2:1' }] },
});

/** Lets what is under way go on until nothing but timers is left. */
async function settle(): Promise<void> {
  await jest.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('waiting for the address of a gateway', () => {
  const start = (
    cluster: FakeCluster,
    limitMs: number,
    scope = fakeScope(),
  ): { scope: ReturnType<typeof fakeScope>; outcome: Promise<StepOutcome> } => {
    const outcome = createAwaitGatewayAddress(fakePorts([cluster], { scope: () => scope }))({
      cluster: cluster1,
      namespace,
      limitMs,
    });
    outcome.catch(() => undefined);
    return { scope, outcome };
  };
  const withService = (): FakeCluster => {
    const cluster = fakeCluster('cluster1');
    cluster.update('meshwright', gatewayService, (service) => ({
      ...service,
      spec: { type: 'LoadBalancer' },
    }));
    return cluster;
  };

  test('ends with the address, be it a host name', async () => {
    const cluster = fakeCluster('cluster1');
    const { outcome } = start(cluster, 60_000);
    await settle();
    cluster.update('cloud', gatewayService, (service) => ({
      ...service,
      status: { loadBalancer: { ingress: [{ hostname: 'gw.example.com' }] } },
    }));
    await expect(outcome).resolves.toEqual({
      changed: 0,
      summary: 'gateway at gw.example.com',
      gatewayAddresses: ['gw.example.com'],
    });
  });

  test('looks at the ingress gateway when asked to, and calls its addresses what they are', async () => {
    const cluster = fakeCluster('cluster1');
    const outcome = createAwaitGatewayAddress(fakePorts([cluster]))({
      cluster: cluster1,
      namespace,
      limitMs: 60_000,
      role: 'ingress',
    });
    await settle();
    for (const [name, ip] of [
      ['istio-eastwestgateway', '198.51.100.1'],
      ['istio-ingressgateway', '198.51.100.2'],
    ] as const)
      cluster.update('cloud', { ...gatewayService, name }, (service) => ({
        ...service,
        status: { loadBalancer: { ingress: [{ ip }] } },
      }));
    await expect(outcome).resolves.toEqual({
      changed: 0,
      summary: 'ingress gateway at 198.51.100.2',
      ingressAddresses: ['198.51.100.2'],
    });
  });

  test('says from the start what it waits for and since when', async () => {
    const { scope } = start(fakeCluster('cluster1'), 60_000, fakeScope('2026-01-01T00:00:00.000Z'));
    await settle();
    expect(scope.reported[0]).toEqual({
      waitingFor: 'address of Service istio-system/istio-eastwestgateway',
      reason: null,
      since: '2026-01-01T00:00:00.000Z',
    });
    scope.cancel();
  });

  test('gives up after its limit with the latest events of the Service', async () => {
    const cluster = withService();
    cluster.update(
      'cloud',
      { apiVersion: 'v1', kind: 'Event', namespace, name: 'e1' },
      (event) => ({
        ...event,
        involvedObject: { kind: 'Service', name: 'istio-eastwestgateway' },
        type: 'Warning',
        reason: 'SyncLoadBalancerFailed',
        message: 'quota exceeded',
        count: 7,
        lastTimestamp: '2026-01-01T00:00:00Z',
      }),
    );
    const { scope, outcome } = start(cluster, 30_000);
    await settle();
    await jest.advanceTimersByTimeAsync(11_000);
    expect(scope.reported.at(-1)?.reason).toContain('quota exceeded');
    await jest.advanceTimersByTimeAsync(19_000);
    await expect(outcome).rejects.toMatchObject({
      type: 'WaitTimedOut',
      message: 'address of Service istio-system/istio-eastwestgateway did not come within 30 s',
      details: {
        lines: [
          'Warning SyncLoadBalancerFailed: quota exceeded (7 times, last 2026-01-01T00:00:00Z)',
        ],
      },
    });
  });

  test('gives up with a hint when nobody has said anything', async () => {
    const { outcome } = start(withService(), 10_000);
    await settle();
    await jest.advanceTimersByTimeAsync(10_001);
    await expect(outcome).rejects.toMatchObject({
      details: {
        lines: [
          'no controller of cluster1 says anything about it; does one serve Services of type LoadBalancer there?',
        ],
      },
    });
  });

  test('counts its limit from the first scheduling, not from the attempt', async () => {
    const scope = fakeScope(new Date(Date.now() - 50_000).toISOString());
    const { outcome } = start(withService(), 65_000, scope);
    await settle();
    await jest.advanceTimersByTimeAsync(15_001);
    await expect(outcome).rejects.toMatchObject({ type: 'WaitTimedOut' });
  });

  test('is told as in vain for a Service that somebody has deleted', async () => {
    const { scope, outcome } = start(fakeCluster('cluster1'), 30_000);
    await settle();
    await jest.advanceTimersByTimeAsync(11_000);
    expect(scope.reported.at(-1)?.reason).toBe('the Service does not exist');
    await jest.advanceTimersByTimeAsync(20_000);
    await expect(outcome).rejects.toMatchObject({
      type: 'DeletedMeanwhile',
      message:
        'address of Service istio-system/istio-eastwestgateway did not come within 30 s: Service istio-system/istio-eastwestgateway is not there; a step before this one had made it, and somebody deleted it',
      details: { cure: expect.stringContaining('meshwright install -f FILE') },
    });
  });

  test('ends at once when it is cancelled', async () => {
    const { scope, outcome } = start(fakeCluster('cluster1'), 60_000);
    await settle();
    scope.cancel();
    await expect(outcome).rejects.toThrow('cancelled');
  });
});

describe('waiting for the control plane', () => {
  const start = (
    cluster: FakeCluster,
  ): { scope: ReturnType<typeof fakeScope>; outcome: Promise<StepOutcome> } => {
    const scope = fakeScope();
    const outcome = createAwaitControlPlane(fakePorts([cluster], { scope: () => scope }))({
      cluster: cluster1,
      namespace,
      revision: null,
      limitMs: 300_000,
    });
    outcome.catch(() => undefined);
    return { scope, outcome };
  };

  test('ends only when the injector has filled in a proxy', async () => {
    const cluster = fakeCluster('cluster1');
    rollOut(cluster, istiod, 1);
    const { scope, outcome } = start(cluster);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(scope.reported.at(-1)?.reason).toBe('the injector of cluster1 is not asked yet');
    cluster.onDryRun = () => {
      throw new MeshFailure('ApiUnavailable', 'failed calling webhook: connection refused');
    };
    await jest.advanceTimersByTimeAsync(1_000);
    expect(scope.reported.at(-1)?.reason).toContain('connection refused');
    cluster.onDryRun = injected;
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ summary: 'istiod ready and injecting' });
  });

  test('does not hang with a probe that hangs', async () => {
    const cluster = fakeCluster('cluster1');
    rollOut(cluster, istiod, 1);
    let asked = 0;
    cluster.onRequest = (verb) =>
      verb === 'create' && ++asked === 1 ? new Promise(() => undefined) : undefined;
    cluster.onDryRun = injected;
    const { outcome } = start(cluster);
    await jest.advanceTimersByTimeAsync(1_500);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
  });

  test('fails within a minute when the image cannot be pulled, in the words of the pod', async () => {
    const cluster = fakeCluster('cluster1');
    rollOut(cluster, istiod, 0);
    podStatus(cluster, 'ErrImagePull');
    const { scope, outcome } = start(cluster);
    await settle();
    expect(scope.reported.at(-1)?.reason).toBe(
      'pod istiod-1: ErrImagePull of container discovery: no such image',
    );
    for (let seconds = 0; seconds < 60; seconds += 10) {
      podStatus(cluster, seconds % 20 === 0 ? 'ErrImagePull' : 'ImagePullBackOff');
      await jest.advanceTimersByTimeAsync(10_000);
    }
    await expect(outcome).rejects.toMatchObject({
      type: 'RolloutFailed',
      details: { lines: [expect.stringContaining('no such image')] },
    });
  });

  test('forgives trouble that heals', async () => {
    const cluster = fakeCluster('cluster1');
    rollOut(cluster, istiod, 0);
    podStatus(cluster, 'ErrImagePull');
    cluster.onDryRun = injected;
    const { outcome } = start(cluster);
    await jest.advanceTimersByTimeAsync(20_000);
    podStatus(cluster, 'ContainerCreating');
    await jest.advanceTimersByTimeAsync(20_000);
    podStatus(cluster, 'ContainerCreating');
    rollOut(cluster, istiod, 1);
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
  });

  const GAVE_UP = {
    conditions: [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'istiod has timed out progressing',
      },
    ],
  };

  test('fails when the Deployment itself gives up', async () => {
    const cluster = fakeCluster('cluster1');
    rollOut(cluster, istiod, 0);
    const { outcome } = start(cluster);
    await settle();
    rollOut(cluster, istiod, 0, GAVE_UP);
    await expect(outcome).rejects.toMatchObject({ type: 'RolloutFailed' });
  });

  test('is told as in vain for a Deployment that somebody has deleted', async () => {
    const { scope, outcome } = start(fakeCluster('cluster1'));
    await settle();
    expect(scope.reported.at(-1)?.reason).toBe('the Deployment does not exist');
    await jest.advanceTimersByTimeAsync(300_000);
    await expect(outcome).rejects.toMatchObject({
      type: 'DeletedMeanwhile',
      message: expect.stringContaining(': Deployment istio-system/istiod is not there; '),
      details: { lines: ['the Deployment does not exist'] },
    });
  });

  test('waits for a Deployment that gave up before, as after a retry: it comes up once the cause is gone', async () => {
    const cluster = fakeCluster('cluster1');
    rollOut(cluster, istiod, 0, GAVE_UP);
    cluster.onDryRun = injected;
    const { scope, outcome } = start(cluster);
    await settle();
    expect(scope.reported.at(-1)?.reason).toBe('istiod has timed out progressing');
    await jest.advanceTimersByTimeAsync(60_000);
    rollOut(cluster, istiod, 1);
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
  });

  test('asks again for pods that were refused before, whose controller pauses, and leaves the Deployment as it was', async () => {
    const cluster = fakeCluster('cluster1');
    const annotations = async (): Promise<string[]> =>
      Object.keys((await cluster.read(istiod))?.metadata.annotations ?? {});
    const message = 'exceeded quota: few';
    rollOut(cluster, istiod, 0, {
      conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }],
    });
    cluster.onDryRun = injected;
    const { outcome } = start(cluster);
    await settle();
    expect(await annotations()).toEqual(['meshwright.dev/asked-again']);
    rollOut(cluster, istiod, 1);
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
    expect(await annotations()).toEqual([]);
  });

  test('leaves a Deployment alone that somebody else made, and its pods', async () => {
    const cluster = fakeCluster('cluster1');
    const conditions = [
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'refused' },
    ];
    rollOut(cluster, istiod, 0, { conditions }, 'istioctl');
    podStatus(cluster, 'ImagePullBackOff');
    const before = cluster.all();
    cluster.onDryRun = injected;
    const { outcome } = start(cluster);
    await jest.advanceTimersByTimeAsync(100);
    expect(cluster.all()).toEqual(before);
    rollOut(cluster, istiod, 1, {}, 'istioctl');
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
  });

  test('replaces pods that were in trouble before, whose kubelet pauses, and nobody else’s', async () => {
    const cluster = fakeCluster('cluster1');
    const named = (name: string): ObjectRef => ({ ...istiodPod, name });
    rollOut(cluster, istiod, 0);
    podStatus(cluster, 'ImagePullBackOff');
    podStatus(cluster, 'ErrImagePull', named('istiod-2'));
    podStatus(cluster, 'CrashLoopBackOff', named('stranger-1'), 'stranger-7c7f59fb48');
    cluster.onDryRun = injected;
    const { outcome } = start(cluster);
    await jest.advanceTimersByTimeAsync(100);
    const left = cluster.all().filter(({ kind }) => kind === 'Pod');
    expect(left.map(({ metadata }) => metadata.name)).toEqual(['istiod-2', 'stranger-1']);
    podStatus(cluster, 'ContainerCreating', named('istiod-2'));
    rollOut(cluster, istiod, 1);
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
  });
});

test('what was the reason until the limit passed is told when it has passed, also where nobody says it again', async () => {
  const cluster = fakeCluster('cluster1');
  const ref = { ...istiod, name: 'istio-eastwestgateway' };
  const message = 'pods "istio-eastwestgateway-1" is forbidden: violates PodSecurity "restricted"';
  const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
  rollOut(cluster, ref, 0, { conditions });
  const outcome = createAwaitGateway(fakePorts([cluster]))({
    cluster: cluster1,
    namespace,
    limitMs: 60_000,
  });
  const said = expect(outcome).rejects.toMatchObject({
    type: 'WaitTimedOut',
    details: { lines: [`FailedCreate: ${message}`] },
  });
  await jest.advanceTimersByTimeAsync(61_000);
  await said;
});

test('the gateway is awaited with the reason why its pods are refused', async () => {
  const cluster = fakeCluster('cluster1');
  const ref = { ...istiod, name: 'istio-eastwestgateway' };
  const scope = fakeScope();
  rollOut(cluster, ref, 0, {
    conditions: [
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: 'service "istiod" not found',
      },
    ],
  });
  const outcome = createAwaitGateway(fakePorts([cluster], { scope: () => scope }))({
    cluster: cluster1,
    namespace,
    limitMs: 60_000,
  });
  await settle();
  expect(scope.reported.at(-1)?.reason).toBe('FailedCreate: service "istiod" not found');
  rollOut(cluster, ref, 1);
  await expect(outcome).resolves.toEqual({ changed: 0, summary: 'gateway ready' });
});
