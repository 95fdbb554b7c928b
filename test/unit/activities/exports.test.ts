import { describe, expect, test } from '@jest/globals';
import { createApplyExport, createApplyImport } from '../../../activities/exports/exports.ts';
import { createApplyDrift } from '../../../activities/sync/apply-drift.ts';
import { lookAt } from '../../../activities/sync/followed-kinds.ts';
import type { KubernetesObject, ObjectRef } from '../../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../../mesh/plan/plan.ts';
import type { StepInputs } from '../../../mesh/plan/step-inputs.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const namespace = 'istio-system';
const caller = { name: 'cluster1', context: 'cluster1' };
const owner = { name: 'cluster2', context: 'cluster2' };
const service = { service: 'httpbin', namespace: 'bar' };
const SERVICE: ObjectRef = { apiVersion: 'v1', kind: 'Service', namespace: 'bar', name: 'httpbin' };
const GATEWAY: ObjectRef = { ...SERVICE, namespace, name: 'istio-eastwestgateway' };
const ENTRY: ObjectRef = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  namespace,
  name: 'import-httpbin.bar',
};
const input: StepInputs['applyImport'] = {
  cluster: caller,
  owner,
  mesh: 'prod',
  namespace,
  service,
  address: '240.0.0.2',
  subsets: [],
  throughEgress: false,
};

type Pair = { one: FakeCluster; two: FakeCluster };

/** Two clusters, of which the second one has a service and a gateway. */
function pair(): Pair {
  const clusters = { one: fakeCluster('cluster1'), two: fakeCluster('cluster2') };
  const ports = [{ name: 'http', port: 8000 }];
  clusters.two.update('kubectl', SERVICE, (found) => ({ ...found, spec: { ports } }));
  moveGateway(clusters, '198.18.2.1');
  return clusters;
}

function moveGateway({ two }: Pair, ...ips: string[]): void {
  const ingress = ips.map((ip) => ({ ip }));
  two.update('cloud', GATEWAY, (found) => ({ ...found, status: { loadBalancer: { ingress } } }));
}

const importInto = ({ one, two }: Pair, more: Partial<typeof input> = {}): Promise<StepOutcome> =>
  createApplyImport(fakePorts([one, two]))({ ...input, ...more });

async function addressesIn(cluster: FakeCluster, ref: ObjectRef = ENTRY): Promise<string[]> {
  const entry = (await cluster.read(ref)) as KubernetesObject & {
    spec: { endpoints: { address: string }[] };
  };
  return entry.spec.endpoints.map(({ address }) => address);
}

describe('an exported service', () => {
  test('is called at the gateway’s address as it is now, and a second time nothing changes', async () => {
    const clusters = pair();
    expect(await importInto(clusters)).toMatchObject({ changed: 2 });
    expect(await addressesIn(clusters.one)).toEqual(['198.18.2.1']);
    expect(await importInto(clusters)).toMatchObject({ changed: 0 });
    moveGateway(clusters, '198.18.2.9', '198.18.2.7');
    expect(await importInto(clusters)).toMatchObject({ changed: 1 });
    expect(await addressesIn(clusters.one)).toEqual(['198.18.2.7', '198.18.2.9']);
  });

  test('is opened at its owner with one object, whether the service is there or not', async () => {
    const two = fakeCluster('cluster2');
    const opened = await createApplyExport(fakePorts([two]))({
      cluster: owner,
      mesh: 'prod',
      namespace,
      service,
      subsets: [],
    });
    expect(opened).toMatchObject({ changed: 1 });
  });

  test('waits for a person where the owner has no such service, or none that can be exported', async () => {
    const clusters = pair();
    await clusters.two.remove(SERVICE);
    await expect(importInto(clusters)).rejects.toMatchObject({
      type: 'PrecheckFailed',
      message: 'cluster2 has no Service bar/httpbin, which the mesh file exports',
    });
    const ports = [{ name: 'dns', port: 53, protocol: 'UDP' }];
    clusters.two.update('kubectl', SERVICE, (found) => ({ ...found, spec: { ports } }));
    await expect(importInto(clusters)).rejects.toMatchObject({
      message: 'Service bar/httpbin of cluster2 has no TCP port to export',
    });
    expect(clusters.one.writes).toEqual([]);
  });

  test('is refused through an egress gateway beside a twin of the caller’s own, and only then', async () => {
    const clusters = pair();
    clusters.one.update('kubectl', SERVICE, (found) => ({ ...found, spec: { ports: [] } }));
    await expect(importInto(clusters, { throughEgress: true })).rejects.toMatchObject({
      type: 'PrecheckFailed',
      message: expect.stringContaining('cluster1 has a Service bar/httpbin of its own'),
    });
    await expect(importInto(clusters)).resolves.toMatchObject({ changed: 2 });
  });
});

describe.each([
  { throughEgress: false, entry: ENTRY },
  { throughEgress: true, entry: { ...ENTRY, name: `${ENTRY.name}-egress` } },
])(
  'the sync of an import, through the egress gateway: $throughEgress',
  ({ throughEgress, entry }) => {
    const { mesh, ...rest } = { ...input, throughEgress };
    const target = { kind: 'import' as const, id: 'cluster1/import', revision: null, ...rest };

    test('follows the gateway, and after it an install changes nothing', async () => {
      const clusters = pair();
      await importInto(clusters, { throughEgress });
      const ports = fakePorts([clusters.one, clusters.two]);
      expect(await lookAt(ports, target)).toMatchObject({ state: 'followed' });
      moveGateway(clusters, '198.18.2.9');
      expect(await lookAt(ports, target)).toMatchObject({
        state: 'differs',
        live: ['198.18.2.1 on 8000'],
        wanted: ['198.18.2.9 on 8000'],
      });
      const wanted = ['198.18.2.9 on 8000'];
      expect(
        await createApplyDrift(ports)({ mesh, target, seen: ['198.18.2.1 on 8000'], wanted }),
      ).toMatchObject({ before: ['198.18.2.1 on 8000'], after: wanted, changed: true });
      expect(await addressesIn(clusters.one, entry)).toEqual(['198.18.2.9']);
      expect(await importInto(clusters, { throughEgress })).toMatchObject({ changed: 0 });
    });

    test('follows the ports of the owner’s Service', async () => {
      const clusters = pair();
      await importInto(clusters, { throughEgress });
      clusters.two.update('kubectl', SERVICE, (found) => ({
        ...found,
        spec: { ports: [8000, 9000].map((port) => ({ name: `http-${port}`, port })) },
      }));
      const ports = fakePorts([clusters.one, clusters.two]);
      const look = await lookAt(ports, target);
      expect(look).toMatchObject({
        state: 'differs',
        live: ['198.18.2.1 on 8000'],
        wanted: ['198.18.2.1 on 8000, 9000'],
      });
      await createApplyDrift(ports)({ mesh, target, seen: look.live, wanted: look.wanted });
      expect(await lookAt(ports, target)).toMatchObject({ state: 'followed' });
      expect(await importInto(clusters, { throughEgress })).toMatchObject({ changed: 0 });
    });

    test('keeps the last good address while there is none, and touches no entry of others', async () => {
      const clusters = pair();
      await importInto(clusters, { throughEgress });
      const ports = fakePorts([clusters.one, clusters.two]);
      moveGateway(clusters);
      expect(await lookAt(ports, target)).toMatchObject({
        state: 'kept',
        live: ['198.18.2.1 on 8000'],
      });
      const foreign = pair();
      foreign.one.update('kubectl', entry, (found) => ({ ...found, spec: { endpoints: [] } }));
      expect(await lookAt(fakePorts([foreign.one, foreign.two]), target)).toMatchObject({
        live: [],
      });
    });
  },
);
