import { expect, test } from '@jest/globals';
import { createApplyRemoteControlPlane } from '../../../activities/control-plane/remote-control-plane.ts';
import { followedDiscovery } from '../../../activities/sync/followed-discovery.ts';
import type { JsonObject } from '../../../mesh/json.ts';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../../mesh/kubernetes-object.ts';
import type { StepPorts } from '../../../activities/ports/step-ports.ts';
import { aMeshSpec } from '../../support/a-mesh-spec.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const namespace = 'istio-system';
const at = (name: string): { name: string; context: string } => ({ name, context: name });

type Values = {
  global: { remotePilotAddress: string };
  istiodRemote: { enabledLocalInjectorIstiod?: boolean };
};

/** Renders as Istio's charts do: which Service leads to the primary, and whether it has a slice. */
function rendered(operator: JsonObject): KubernetesObject[] {
  const { values } = (operator as { spec: { values: Values } }).spec;
  const isLocal = values.istiodRemote.enabledLocalInjectorIstiod === true;
  const address = values.global.remotePilotAddress;
  const isHost = !/^[0-9.]+$/.test(address);
  const name = isLocal ? 'istiod-remote' : 'istiod';
  const service = (ofName: string, spec: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: ofName, namespace },
    spec,
  });
  return [
    service(name, isHost ? { type: 'ExternalName', externalName: address } : { ports: [15012] }),
    ...(isHost
      ? []
      : [
          {
            apiVersion: 'discovery.k8s.io/v1',
            kind: 'EndpointSlice',
            metadata: { name, namespace },
            endpoints: [{ addresses: [address] }],
          },
        ]),
    ...(isLocal
      ? [
          service('istiod', { selector: { app: 'istiod' } }),
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'istiod', namespace },
            spec: { replicas: 1 },
          },
        ]
      : []),
  ];
}

type Bed = { remote: FakeCluster; ports: StepPorts; balance: (ingress: object) => void };

function bed(): Bed {
  const [primary, remote] = [fakeCluster('cluster1'), fakeCluster('cluster2')];
  const ports = fakePorts([primary, remote], {
    renderer: { render: (_version, operator) => Promise.resolve(rendered(operator)) },
    hostResolver: { resolve: () => Promise.resolve(['203.0.113.7']) },
  });
  const gateway = { apiVersion: 'v1', kind: 'Service', namespace, name: 'istio-eastwestgateway' };
  const balance = (ingress: object): void => {
    primary.update('cloud', gateway, (found) => ({
      ...found,
      status: { loadBalancer: { ingress: [ingress] } },
    }));
  };
  return { remote, ports, balance };
}

async function apply(ports: StepPorts, injector?: 'local'): Promise<string> {
  const { summary } = await createApplyRemoteControlPlane(ports)({
    cluster: at('cluster2'),
    primary: at('cluster1'),
    mesh: 'prod',
    meshId: 'prod',
    trustDomain: 'cluster.local',
    istio: aMeshSpec().istio,
    network: 'network2',
    remotes: [],
    meshNetworks: null,
    ...(injector === undefined ? {} : { injector }),
  });
  return summary;
}

function left(remote: FakeCluster): string[] {
  return remote
    .all()
    .filter(({ kind }) => kind !== 'ConfigMap')
    .map((object) => describeRef(refOf(object)))
    .sort();
}

function endpointsOf(remote: FakeCluster, name: string): unknown {
  const isSlice = ({ kind, metadata }: KubernetesObject): boolean =>
    kind === 'EndpointSlice' && metadata.name === name;
  return remote.all().find(isSlice)?.['endpoints'];
}

test('a host name stays one where a local injector injects, and the slice of the time before goes', async () => {
  const { remote, ports, balance } = bed();
  balance({ hostname: 'gw.example.com' });
  await apply(ports);
  expect(endpointsOf(remote, 'istiod')).toEqual([{ addresses: ['203.0.113.7'] }]);
  expect(await apply(ports, 'local')).toContain('istiod at gw.example.com');
  expect(left(remote)).toEqual([
    'Deployment istio-system/istiod',
    'Service istio-system/istiod',
    'Service istio-system/istiod-remote',
  ]);
});

test('an address gets a slice of the Service that leads to the primary, and the local istiod none', async () => {
  const { remote, ports, balance } = bed();
  balance({ ip: '198.18.1.10' });
  await apply(ports, 'local');
  expect(endpointsOf(remote, 'istiod-remote')).toEqual([{ addresses: ['198.18.1.10'] }]);
  expect(endpointsOf(remote, 'istiod')).toBeUndefined();
});

test('a remote that gives its injector up keeps nothing of it', async () => {
  const { remote, ports, balance } = bed();
  balance({ ip: '198.18.1.10' });
  await apply(ports, 'local');
  await apply(ports);
  expect(left(remote)).toEqual([
    'EndpointSlice istio-system/istiod',
    'Service istio-system/istiod',
  ]);
});

test('the sync leaves a host name to the cluster’s own DNS, and follows addresses in the right slice', async () => {
  const { remote, ports, balance } = bed();
  const target = {
    kind: 'discovery',
    id: 'cluster2/istiod-address',
    cluster: at('cluster2'),
    primary: at('cluster1'),
    namespace,
    revision: null,
    discovery: 'gateway',
    slice: 'istiod-remote',
  } as const;
  balance({ hostname: 'gw.example.com' });
  await apply(ports, 'local');
  expect(await followedDiscovery.read(ports, target, 'own')).toMatchObject({
    live: ['gw.example.com'],
    wanted: ['gw.example.com'],
    vanished: null,
  });
  balance({ ip: '198.18.1.10' });
  await apply(ports, 'local');
  balance({ ip: '198.18.1.11' });
  const reading = await followedDiscovery.read(ports, target, 'own');
  expect(reading).toMatchObject({ live: ['198.18.1.10'], wanted: ['198.18.1.11'] });
  await reading.write();
  expect(endpointsOf(remote, 'istiod-remote')).toEqual([{ addresses: ['198.18.1.11'] }]);
});
