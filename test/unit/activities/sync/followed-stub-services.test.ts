import { describe, expect, test } from '@jest/globals';
import type { StepPorts } from '../../../../activities/ports/step-ports.ts';
import { createApplyStubServices } from '../../../../activities/exports/stub-services.ts';
import { createApplyDrift } from '../../../../activities/sync/apply-drift.ts';
import { lookAt } from '../../../../activities/sync/followed-kinds.ts';
import { MeshFailure } from '../../../../mesh/failure.ts';
import type { StubServicesTarget } from '../../../../mesh/sync/followed-target.ts';
import { type FakeCluster, fakeCluster } from '../../../support/fake-cluster.ts';
import { fakePorts } from '../../../support/fake-ports.ts';

const namespace = 'istio-system';
const [CLUSTER1, CLUSTER2] = ['cluster1', 'cluster2'].map((name) => ({ name, context: name }));
const TARGET: StubServicesTarget = {
  kind: 'stubServices',
  id: 'cluster1/stub-services',
  cluster: CLUSTER1!,
  namespace,
  revision: null,
  mesh: 'prod',
  clusters: [CLUSTER1!, CLUSTER2!],
};

function addService(cluster: FakeCluster, name: string, port: number): void {
  const place = { apiVersion: 'v1', kind: 'Namespace', name: 'sample' };
  cluster.update('kubectl', place, (found) => ({
    ...found,
    metadata: { ...found.metadata, labels: { 'istio-injection': 'enabled' } },
  }));
  const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'sample', name };
  cluster.update('kubectl', ref, (found) => ({
    ...found,
    spec: { selector: { app: name }, ports: [{ name: 'http', port }] },
  }));
}

function bed(): { one: FakeCluster; two: FakeCluster; ports: StepPorts } {
  const [one, two] = [fakeCluster('cluster1'), fakeCluster('cluster2')];
  return { one, two, ports: fakePorts([one, two]) };
}

async function installed(): Promise<ReturnType<typeof bed>> {
  const all = bed();
  addService(all.two, 'first', 5000);
  const { mesh, cluster, clusters } = TARGET;
  await createApplyStubServices(all.ports)({ mesh, namespace, cluster, clusters });
  return all;
}

describe('stub Services after the install', () => {
  test('follow Services that come, change and go in the other cluster', async () => {
    const { one, two, ports } = await installed();
    expect(await lookAt(ports, TARGET)).toMatchObject({
      state: 'followed',
      live: ['sample/first http:5000'],
    });
    addService(two, 'second', 6000);
    addService(two, 'first', 5001);
    const look = await lookAt(ports, TARGET);
    expect(look).toMatchObject({
      state: 'differs',
      live: ['sample/first http:5000'],
      wanted: ['sample/first http:5001', 'sample/second http:6000'],
    });
    const change = { mesh: 'prod', target: TARGET, seen: look.live, wanted: look.wanted };
    expect(await createApplyDrift(ports)(change)).toMatchObject({
      before: look.live,
      after: look.wanted,
      changed: true,
    });
    expect((await lookAt(ports, TARGET)).state).toBe('followed');
    const first = { apiVersion: 'v1', kind: 'Service', namespace: 'sample', name: 'first' };
    await two.remove(first);
    const gone = await lookAt(ports, TARGET);
    expect(gone.wanted).toEqual(['sample/second http:6000']);
    await createApplyDrift(ports)({ ...change, seen: gone.live, wanted: gone.wanted });
    expect(await one.read(first)).toBeNull();
  });

  test('are all kept while the other cluster does not answer', async () => {
    const { two, ports } = await installed();
    two.onRequest = () => {
      throw new MeshFailure('ClusterUnreachable', 'cluster2: connection refused');
    };
    expect(await lookAt(ports, TARGET)).toMatchObject({
      state: 'unreachable',
      reason: 'cluster2: connection refused',
    });
  });

  test('read each cluster once for the looks of all clusters, and again for the next ones', async () => {
    const { one, two, ports } = await installed();
    const lists: string[] = [];
    one.onRequest = (verb, ref) => void (verb === 'list' && lists.push(`cluster1 ${ref}`));
    two.onRequest = (verb, ref) => void (verb === 'list' && lists.push(`cluster2 ${ref}`));
    const others = { ...TARGET, id: 'cluster2/stub-services', cluster: CLUSTER2! };
    const everything = [
      'cluster1 Namespace',
      'cluster1 Service',
      'cluster2 Namespace',
      'cluster2 Service',
    ];
    await Promise.all([lookAt(ports, TARGET), lookAt(ports, others)]);
    expect(lists.sort()).toEqual(everything);
    await lookAt(ports, TARGET);
    expect(lists).toHaveLength(8);
  });

  test('are left to the install where it has made none', async () => {
    const { two, ports } = bed();
    addService(two, 'first', 5000);
    expect((await lookAt(ports, TARGET)).state).toBe('absent');
  });
});
