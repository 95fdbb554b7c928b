import { describe, expect, test } from '@jest/globals';
import { createApplyRemoteControlPlane } from '../../../../activities/control-plane/remote-control-plane.ts';
import { createApplyDrift } from '../../../../activities/sync/apply-drift.ts';
import { createAwaitDrift } from '../../../../activities/sync/await-drift.ts';
import { lookAt } from '../../../../activities/sync/followed-kinds.ts';
import type { StepPorts } from '../../../../activities/ports/step-ports.ts';
import type { DriftReport } from '../../../../contract/mesh-sync.ts';
import { MeshFailure } from '../../../../mesh/failure.ts';
import type { KubernetesObject, ObjectRef } from '../../../../mesh/kubernetes-object.ts';
import type { StepInputs } from '../../../../mesh/plan/step-inputs.ts';
import type { DiscoveryTarget, FollowSpec } from '../../../../mesh/sync/followed-target.ts';
import { aMeshSpec } from '../../../support/a-mesh-spec.ts';
import { type FakeCluster, fakeCluster } from '../../../support/fake-cluster.ts';
import {
  type FakeOperations,
  fakeOperations,
  fakePorts,
  fakeScope,
} from '../../../support/fake-ports.ts';

const namespace = 'istio-system';
const primary = { name: 'cluster1', context: 'cluster1' };
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

/** What Istio's chart renders for a remote, as far as it matters here. */
const RENDERED: KubernetesObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'istiod', namespace },
    spec: { ports: [{ name: 'tcp-istiod', port: 15012 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'istiod', namespace, labels: { 'kubernetes.io/service-name': 'istiod' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.1'] }],
    ports: [{ name: 'tcp-istiod', port: 15012, protocol: 'TCP' }],
  },
];

type Bed = {
  one: FakeCluster;
  two: FakeCluster;
  ports: StepPorts;
  operations: FakeOperations;
  names: { [hostname: string]: string[] };
  install(): Promise<number>;
};

async function bedAt(...ingress: { ip?: string; hostname?: string }[]): Promise<Bed> {
  const [one, two] = [fakeCluster('cluster1'), fakeCluster('cluster2')];
  const names: Bed['names'] = {};
  const operations = fakeOperations();
  const ports = fakePorts([one, two], {
    rendered: RENDERED,
    operations,
    hostResolver: { resolve: (name) => Promise.resolve(names[name] ?? []) },
  });
  giveAddresses(one, ...ingress);
  const input: StepInputs['applyRemoteControlPlane'] = {
    cluster: { name: 'cluster2', context: 'cluster2' },
    mesh: 'prod',
    meshId: 'mesh1',
    trustDomain: 'cluster.local',
    istio: aMeshSpec().istio,
    network: 'network2',
    remotes: [],
    meshNetworks: null,
    primary,
  };
  const install = async (): Promise<number> =>
    (await createApplyRemoteControlPlane(ports)(input)).changed;
  return { one, two, ports, operations, names, install };
}

async function installedAt(...ingress: { ip?: string; hostname?: string }[]): Promise<Bed> {
  const bed = await bedAt(...ingress);
  await bed.install();
  return bed;
}

function giveAddresses(
  cluster: FakeCluster,
  ...ingress: { ip?: string; hostname?: string }[]
): void {
  cluster.update('cloud', GATEWAY, (service) => ({
    ...service,
    status: { loadBalancer: { ingress } },
  }));
}

function target(more: Partial<DiscoveryTarget> = {}): DiscoveryTarget {
  const cluster = { name: 'cluster2', context: 'cluster2' };
  return {
    kind: 'discovery',
    id: 'cluster2/istiod-address',
    cluster,
    namespace,
    revision: null,
    primary,
    discovery: 'gateway',
    ...more,
  };
}

function spec(...targets: DiscoveryTarget[]): FollowSpec {
  return { mesh: 'prod', specDigest: 'digest', clusters: ['cluster1', 'cluster2'], targets };
}

async function endpoints(cluster: FakeCluster): Promise<unknown> {
  return (await cluster.read(SLICE))?.['endpoints'];
}

function istiodPod(cluster: FakeCluster, name: string, podIP: string, ready: boolean): void {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name };
  cluster.update('kubelet', ref, (pod) => ({
    ...pod,
    metadata: { ...pod.metadata, labels: { app: 'istiod', 'istio.io/rev': 'default' } },
    status: { podIP, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }));
}

describe('a look at where a remote finds its istiod', () => {
  test('sees the gateway move', async () => {
    const { one, ports } = await installedAt({ ip: '198.18.1.1' });
    expect(await lookAt(ports, target())).toMatchObject({
      state: 'followed',
      live: ['198.18.1.1'],
    });
    giveAddresses(one, { ip: '198.18.1.2' });
    expect(await lookAt(ports, target())).toMatchObject({
      state: 'differs',
      live: ['198.18.1.1'],
      wanted: ['198.18.1.2'],
    });
  });

  test('keeps the last good address while the load balancer has none', async () => {
    const { one, ports } = await installedAt({ ip: '198.18.1.1' });
    giveAddresses(one);
    expect(await lookAt(ports, target())).toMatchObject({
      state: 'kept',
      wanted: ['198.18.1.1'],
      reason: 'Service istio-system/istio-eastwestgateway of cluster1 has no address',
    });
  });

  test('resolves host names, and keeps the last good addresses when one does not resolve any more', async () => {
    const bed = await bedAt({ hostname: 'gw1.lb.test' });
    bed.names['gw1.lb.test'] = ['198.18.1.7', '198.18.1.5'];
    await bed.install();
    expect(await lookAt(bed.ports, target())).toMatchObject({
      state: 'followed',
      live: ['198.18.1.5', '198.18.1.7'],
    });
    bed.names['gw1.lb.test'] = ['198.18.1.9'];
    expect(await lookAt(bed.ports, target())).toMatchObject({
      state: 'differs',
      wanted: ['198.18.1.9'],
    });
    bed.names['gw1.lb.test'] = [];
    expect(await lookAt(bed.ports, target())).toMatchObject({
      state: 'kept',
      reason: expect.stringContaining('cannot resolve gw1.lb.test'),
    });
  });

  test('follows the pods of istiod that are ready, and keeps the last ones while none is', async () => {
    const { one, ports } = await installedAt({ ip: '10.241.0.4' });
    istiodPod(one, 'istiod-a', '10.241.0.4', true);
    istiodPod(one, 'istiod-b', '10.241.0.9', true);
    const byPod = target({ discovery: 'podIP' });
    expect(await lookAt(ports, byPod)).toMatchObject({
      state: 'differs',
      wanted: ['10.241.0.4', '10.241.0.9'],
    });
    istiodPod(one, 'istiod-a', '10.241.0.4', false);
    istiodPod(one, 'istiod-b', '10.241.0.9', false);
    expect(await lookAt(ports, byPod)).toMatchObject({ state: 'kept', live: ['10.241.0.4'] });
  });

  test('finds nothing to write where there is no slice, or one that is not ours', async () => {
    const { two, ports } = await bedAt({ ip: '198.18.1.1' });
    expect((await lookAt(ports, target())).state).toBe('absent');
    two.update('helm', SLICE, (slice) => ({ ...slice, endpoints: [{ addresses: ['192.0.2.9'] }] }));
    expect((await lookAt(ports, target())).state).toBe('absent');
  });

  test('tells which cluster does not answer, and whether a person must do something', async () => {
    const { one, ports } = await installedAt({ ip: '198.18.1.1' });
    one.onRequest = () => {
      throw new MeshFailure('ClusterUnreachable', 'cluster1: connection refused');
    };
    expect(await lookAt(ports, target())).toMatchObject({
      state: 'unreachable',
      reason: 'cluster1: connection refused',
    });
    one.onRequest = () => {
      throw new MeshFailure('Forbidden', 'cluster1: may not get services');
    };
    expect((await lookAt(ports, target())).state).toBe('blocked');
  });
});

describe('a write', () => {
  const change = { mesh: 'prod', target: target(), seen: ['198.18.1.1'], wanted: ['198.18.1.2'] };

  test('gives each address an endpoint of its own, leaves all else, and tells before and after', async () => {
    const { one, two, ports } = await installedAt({ ip: '198.18.1.1' });
    giveAddresses(one, { ip: '198.18.1.2' }, { ip: '198.18.1.3' });
    const wanted = ['198.18.1.2', '198.18.1.3'];
    expect(await createApplyDrift(ports)({ ...change, wanted })).toEqual({
      target: 'cluster2/istiod-address',
      before: ['198.18.1.1'],
      after: wanted,
      changed: true,
      reason: null,
    });
    expect(await endpoints(two)).toEqual([
      { addresses: ['198.18.1.2'] },
      { addresses: ['198.18.1.3'] },
    ]);
    const slice = await two.read(SLICE);
    expect(slice).toMatchObject({ addressType: 'IPv4', ports: RENDERED[1]?.['ports'] });
    expect(slice?.metadata.labels).toEqual({ 'kubernetes.io/service-name': 'istiod' });
  });

  test('agrees with the install: neither changes what the other wrote', async () => {
    const bed = await installedAt({ ip: '198.18.1.1' });
    giveAddresses(bed.one, { ip: '198.18.1.2' });
    await createApplyDrift(bed.ports)(change);
    const writes = bed.two.writes.length;
    expect(await bed.install()).toBe(0);
    expect((await lookAt(bed.ports, target())).state).toBe('followed');
    expect(bed.two.writes).toHaveLength(writes);
  });

  test('is told by the second of two twins as what was seen before, and written once', async () => {
    const { one, two, ports } = await installedAt({ ip: '198.18.1.1' });
    giveAddresses(one, { ip: '198.18.1.2' });
    await createApplyDrift(ports)(change);
    const writes = two.writes.length;
    expect(await createApplyDrift(ports)(change)).toMatchObject({
      before: ['198.18.1.1'],
      after: ['198.18.1.2'],
      changed: false,
    });
    expect(two.writes).toHaveLength(writes);
  });

  test('is left when other addresses are right by now', async () => {
    const { one, two, ports } = await installedAt({ ip: '198.18.1.1' });
    giveAddresses(one, { ip: '198.18.1.3' });
    expect(await createApplyDrift(ports)(change)).toMatchObject({
      changed: false,
      after: ['198.18.1.1'],
    });
    expect(await endpoints(two)).toEqual([{ addresses: ['198.18.1.1'] }]);
  });

  test('is left to an operation that is at work', async () => {
    const { one, two, ports, operations } = await installedAt({ ip: '198.18.1.1' });
    giveAddresses(one, { ip: '198.18.1.2' });
    operations.working = 'install 01a1fd60-bd66';
    expect(await createApplyDrift(ports)(change)).toMatchObject({
      changed: false,
      reason: 'yields to install 01a1fd60-bd66',
    });
    expect(await endpoints(two)).toEqual([{ addresses: ['198.18.1.1'] }]);
  });

  test('that meets a newer one is refused, not laid over it', async () => {
    const { one, two, ports, install } = await installedAt({ ip: '198.18.1.1' });
    giveAddresses(one, { ip: '198.18.1.2' });
    two.onRequest = async (verb, ref) => {
      if (verb !== 'patch' || !ref.startsWith('EndpointSlice')) return;
      two.onRequest = () => undefined;
      giveAddresses(one, { ip: '198.18.1.3' });
      await install();
    };
    await expect(createApplyDrift(ports)(change)).rejects.toMatchObject({
      type: 'ConcurrentChange',
    });
    expect(await endpoints(two)).toEqual([{ addresses: ['198.18.1.3'] }]);
  });
});

describe('the watch', () => {
  const HOLDS = { 'cluster2/istiod-address': 60, 'cluster3/istiod-address': 60 };

  function watch(ports: StepPorts, of: FollowSpec, limitMs = 10_000): Promise<DriftReport> {
    const scope = fakeScope();
    const known = [
      {
        target: 'cluster2/istiod-address',
        state: 'followed' as const,
        live: ['198.18.1.1'],
        wanted: ['198.18.1.1'],
        reason: null,
      },
    ];
    return createAwaitDrift({ ...ports, scope: () => scope })({
      spec: of,
      known,
      holds: HOLDS,
      limitMs,
    });
  }

  test('answers when an address has changed and stayed so, though another cluster hangs', async () => {
    const bed = await installedAt({ ip: '198.18.1.1' });
    const three = fakeCluster('cluster3');
    three.onRequest = () => new Promise(() => undefined);
    const { hostResolver, operations } = bed.ports;
    const ports = fakePorts([bed.one, bed.two, three], { hostResolver, operations });
    const cluster3 = { name: 'cluster3', context: 'cluster3' };
    const hanging = target({ id: 'cluster3/istiod-address', cluster: cluster3 });
    const report = watch(ports, spec(target(), hanging));
    giveAddresses(bed.one, { ip: '198.18.1.2' });
    expect((await report).looks).toEqual([
      {
        target: 'cluster2/istiod-address',
        state: 'differs',
        live: ['198.18.1.1'],
        wanted: ['198.18.1.2'],
        reason: null,
      },
    ]);
  });

  test('answers with all that has settled when its limit has passed', async () => {
    const { ports } = await installedAt({ ip: '198.18.1.1' });
    const { looks } = await watch(ports, spec(target()), 300);
    expect(looks).toMatchObject([{ state: 'followed', live: ['198.18.1.1'] }]);
  });

  test('holds back what must be written until the operation at work is over', async () => {
    const { one, ports, operations } = await installedAt({ ip: '198.18.1.1' });
    let answered = false;
    const report = watch(ports, spec(target())).finally(() => (answered = true));
    const asked = new Promise<void>((resolve) => {
      operations.atWork = () => {
        resolve();
        return Promise.resolve(operations.working);
      };
    });
    operations.working = 'install 01a1fd60-bd66';
    giveAddresses(one, { ip: '198.18.1.2' });
    await asked;
    expect(answered).toBe(false);
    operations.working = null;
    expect((await report).looks).toMatchObject([{ state: 'differs', wanted: ['198.18.1.2'] }]);
  });

  test('looks at nothing until the operation that runs when it begins is over', async () => {
    const { one, two, ports, operations } = await installedAt({ ip: '198.18.1.1' });
    operations.working = 'install 01a1fd60-bd66';
    const requests: string[] = [];
    one.onRequest = (verb) => void requests.push(verb);
    two.onRequest = (verb) => void requests.push(verb);
    expect(await watch(ports, spec(target()), 50)).toEqual({ looks: [] });
    expect(requests).toEqual([]);
  });
});
