import { describe, expect, test } from '@jest/globals';
import { createApplyControlPlane } from '../../../activities/control-plane/control-plane.ts';
import { createPatchMeshNetworks } from '../../../activities/gateway/mesh-networks.ts';
import { MeshFailure } from '../../../mesh/failure.ts';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import type { ControlPlaneInput, StepInputs } from '../../../mesh/plan/step-inputs.ts';
import { aMeshSpec } from '../../support/a-mesh-spec.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const primary = { name: 'cluster1', context: 'cluster1' };
const remote = { name: 'cluster2', context: 'cluster2' };
const meshNetworks = [
  { name: 'network1', clusters: [primary] },
  { name: 'network2', clusters: [remote] },
];
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio' };
const gateway = {
  apiVersion: 'v1',
  kind: 'Service',
  namespace: 'istio-system',
  name: 'istio-eastwestgateway',
};
const mesh = 'defaultConfig:\n  meshId: mesh1\n';
const rendered: KubernetesObject[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh, meshNetworks: 'networks: {}' },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace: 'istio-system' },
    spec: { x: 1 },
  },
];

const controlPlane = (more: Partial<ControlPlaneInput> = {}): ControlPlaneInput => ({
  cluster: primary,
  mesh: 'prod',
  meshId: 'mesh1',
  trustDomain: 'cluster.local',
  istio: aMeshSpec().istio,
  network: 'network1',
  remotes: ['cluster2'],
  meshNetworks,
  ...more,
});
const patch = (network: string): StepInputs['patchMeshNetworks'] => ({
  primary,
  mesh: 'prod',
  namespace: 'istio-system',
  revision: null,
  network,
  meshNetworks,
});

function giveAddress(cluster: FakeCluster, ip: string | null): void {
  cluster.update('cloud', gateway, (service) => ({
    ...service,
    status: { loadBalancer: { ingress: ip === null ? [] : [{ ip }] } },
  }));
}

async function dataOf(cluster: FakeCluster): Promise<{ [key: string]: string }> {
  return ((await cluster.read(configMap)) as unknown as { data: { [key: string]: string } }).data;
}

async function addresses(cluster: FakeCluster): Promise<string[]> {
  return [...((await dataOf(cluster))['meshNetworks'] ?? '').matchAll(/address: (\S+)/g)].map(
    (match) => match[1] ?? '',
  );
}

function setup(): { one: FakeCluster; two: FakeCluster; ports: ReturnType<typeof fakePorts> } {
  const [one, two] = [fakeCluster('cluster1'), fakeCluster('cluster2')];
  return { one, two, ports: fakePorts([one, two], { rendered }) };
}

describe('mesh networks', () => {
  test('carry the placeholder only while an address is unknown', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    await createApplyControlPlane(ports)(controlPlane());
    expect(await addresses(one)).toEqual(['198.18.1.10', '0.0.0.0']);
    giveAddress(two, '198.18.2.10');
    expect(await createPatchMeshNetworks(ports)(patch('network2'))).toEqual({
      changed: 1,
      summary: 'network2 at 198.18.2.10',
    });
    expect(await addresses(one)).toEqual(['198.18.1.10', '198.18.2.10']);
  });

  test('are there before istiod starts', async () => {
    const { one, ports } = setup();
    await createApplyControlPlane(ports)(controlPlane());
    const order = one.writes.map(({ ref, manager }) => `${ref} ${manager}`);
    expect(order.indexOf('ConfigMap istio-system/istio meshwright-networks')).toBeLessThan(
      order.indexOf('Deployment istio-system/istiod meshwright'),
    );
  });

  test('are not undone by a later install, which changes nothing', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    giveAddress(two, '198.18.2.10');
    await createApplyControlPlane(ports)(controlPlane());
    await createPatchMeshNetworks(ports)(patch('network2'));
    const writes = one.writes.length;
    expect(await createApplyControlPlane(ports)(controlPlane())).toMatchObject({ changed: 0 });
    expect(await createPatchMeshNetworks(ports)(patch('network1'))).toMatchObject({ changed: 0 });
    expect(one.writes).toHaveLength(writes);
  });

  test('leave every other key byte for byte what it was', async () => {
    const { one, two, ports } = setup();
    await createApplyControlPlane(ports)(controlPlane());
    giveAddress(one, '198.18.1.10');
    giveAddress(two, '198.18.2.10');
    await Promise.all(
      ['network1', 'network2'].map((network) => createPatchMeshNetworks(ports)(patch(network))),
    );
    expect((await dataOf(one))['mesh']).toBe(mesh);
  });

  test('never get a placeholder back from a slower one of two writers', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    await createApplyControlPlane(ports)(controlPlane());
    // The first writer has read cluster2 before it has an address, and is overtaken by the second one just before it writes.
    one.onRequest = async (verb, ref) => {
      if (verb !== 'patch' || ref !== 'ConfigMap istio-system/istio') return;
      one.onRequest = () => undefined;
      giveAddress(two, '198.18.2.10');
      await createPatchMeshNetworks(ports)(patch('network2'));
    };
    // Something must differ, or the slower one writes nothing at all.
    giveAddress(one, '198.18.1.11');
    await createPatchMeshNetworks(ports)(patch('network1'));
    expect(await addresses(one)).toEqual(['198.18.1.11', '198.18.2.10']);
  });

  test('keep a known address while its load balancer has none for a moment or its cluster cannot be reached', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    giveAddress(two, '198.18.2.10');
    await createApplyControlPlane(ports)(controlPlane());
    giveAddress(two, null);
    await createApplyControlPlane(ports)(controlPlane());
    expect(await addresses(one)).toEqual(['198.18.1.10', '198.18.2.10']);
    two.onRequest = () => {
      throw new MeshFailure('ClusterUnreachable', 'nothing listens there');
    };
    expect(await createApplyControlPlane(ports)(controlPlane())).toMatchObject({ changed: 0 });
  });

  test('do not begin without the address that the step is about', async () => {
    const { one, ports } = setup();
    giveAddress(one, '198.18.1.10');
    await createApplyControlPlane(ports)(controlPlane());
    await expect(createPatchMeshNetworks(ports)(patch('network2'))).rejects.toMatchObject({
      type: 'WaitTimedOut',
    });
  });

  test('are not written where somebody has deleted the ConfigMap, which this operation does not make again', async () => {
    const { one, two, ports } = setup();
    giveAddress(two, '198.18.2.10');
    await createApplyControlPlane(ports)(controlPlane());
    await one.remove(configMap);
    await expect(createPatchMeshNetworks(ports)(patch('network2'))).rejects.toMatchObject({
      type: 'DeletedMeanwhile',
      message:
        'cluster1 has no ConfigMap istio-system/istio; a step before this one had made it, and somebody deleted it',
    });
  });

  test('give way to discovery and come back', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    giveAddress(two, '198.18.2.10');
    await createApplyControlPlane(ports)(controlPlane());
    await createApplyControlPlane(ports)(controlPlane({ meshNetworks: null }));
    expect((await dataOf(one))['meshNetworks']).toBe('networks: {}');
    await createApplyControlPlane(ports)(controlPlane());
    expect(await addresses(one)).toEqual(['198.18.1.10', '198.18.2.10']);
    expect(await createApplyControlPlane(ports)(controlPlane())).toMatchObject({ changed: 0 });
  });
});

describe('mesh networks while a cluster is away', () => {
  const away = { ...remote, away: true };
  const apart = [
    { name: 'network1', clusters: [primary] },
    { name: 'network2', clusters: [away] },
  ];
  const shared = [{ name: 'network1', clusters: [primary, remote] }];
  const sharedAway = [{ name: 'network1', clusters: [primary, away] }];
  const patched = (networks: typeof meshNetworks): StepInputs['patchMeshNetworks'] => ({
    ...patch('network1'),
    meshNetworks: networks,
  });

  function isolate(cluster: FakeCluster): void {
    cluster.onRequest = (verb, ref) => {
      throw new Error(`${verb} ${ref} was sent to a cluster that is away`);
    };
  }

  test('have no entry of a network that only that cluster is on, and get it when it is back', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    isolate(two);
    await createApplyControlPlane(ports)(controlPlane({ meshNetworks: apart }));
    expect((await dataOf(one))['meshNetworks']).not.toContain('network2');
    expect(await addresses(one)).toEqual(['198.18.1.10']);
    two.onRequest = () => undefined;
    giveAddress(two, '198.18.2.10');
    await createApplyControlPlane(ports)(controlPlane());
    expect(await addresses(one)).toEqual(['198.18.1.10', '198.18.2.10']);
  });

  test('are none, not no key, when nobody else is on a listed network', async () => {
    const { one, two, ports } = setup();
    isolate(two);
    const networks = [{ name: 'network2', clusters: [away] }];
    await createApplyControlPlane(ports)(controlPlane({ meshNetworks: networks }));
    expect((await dataOf(one))['meshNetworks']).toBe('networks: {}');
  });

  test('keep the entry that stands there, without a write, and follow the addresses of the others', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    giveAddress(two, '198.18.2.10');
    await createApplyControlPlane(ports)(controlPlane());
    const before = (await dataOf(one))['meshNetworks'];
    isolate(two);
    expect(await createPatchMeshNetworks(ports)(patched(apart))).toMatchObject({ changed: 0 });
    expect(
      await createApplyControlPlane(ports)(controlPlane({ meshNetworks: apart })),
    ).toMatchObject({ changed: 0 });
    expect((await dataOf(one))['meshNetworks']).toBe(before);
    giveAddress(one, '198.18.1.11');
    await createPatchMeshNetworks(ports)(patched(apart));
    expect(await addresses(one)).toEqual(['198.18.1.11', '198.18.2.10']);
  });

  test('keep every address of a network that it shares with others, and add theirs', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    giveAddress(two, '198.18.2.10');
    await createApplyControlPlane(ports)(controlPlane({ meshNetworks: shared }));
    isolate(two);
    expect(await createPatchMeshNetworks(ports)(patched(sharedAway))).toMatchObject({ changed: 0 });
    giveAddress(one, '198.18.1.11');
    await createPatchMeshNetworks(ports)(patched(sharedAway));
    expect(await addresses(one)).toEqual(['198.18.1.10', '198.18.2.10', '198.18.1.11']);
    expect((await dataOf(one))['meshNetworks']).toContain('fromRegistry: cluster2');
    two.onRequest = () => undefined;
    await createPatchMeshNetworks(ports)(patched(shared));
    expect(await addresses(one)).toEqual(['198.18.1.11', '198.18.2.10']);
  });

  test('have nothing of it on a network that it would have come to', async () => {
    const { one, two, ports } = setup();
    giveAddress(one, '198.18.1.10');
    isolate(two);
    await createApplyControlPlane(ports)(controlPlane({ meshNetworks: sharedAway }));
    expect((await dataOf(one))['meshNetworks']).not.toContain('cluster2');
    giveAddress(one, '198.18.1.11');
    await createPatchMeshNetworks(ports)(patched(sharedAway));
    expect(await addresses(one)).toEqual(['198.18.1.11']);
  });
});
