import { describe, expect, test } from '@jest/globals';
import { createRemoveComponent } from '../../../activities/removal/remove-component.ts';
import { createApplyStubServices } from '../../../activities/exports/stub-services.ts';
import type { KubernetesObject, ObjectRef } from '../../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../../mesh/plan/plan.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const namespace = 'istio-system';
const names = ['cluster1', 'cluster2', 'cluster3'];

function bed(): FakeCluster[] {
  return names.map(fakeCluster);
}

function service(name: string, where = 'sample'): ObjectRef & { namespace: string } {
  return { apiVersion: 'v1', kind: 'Service', namespace: where, name };
}

function addNamespace(
  cluster: FakeCluster,
  name: string,
  labels: { [key: string]: string } = { 'istio-injection': 'enabled' },
): void {
  cluster.update('kubectl', { apiVersion: 'v1', kind: 'Namespace', name }, (found) => ({
    ...found,
    metadata: { ...found.metadata, labels },
  }));
}

function addService(
  cluster: FakeCluster,
  name: string,
  spec: object = {},
  more: { namespace?: string; annotations?: { [key: string]: string } } = {},
): KubernetesObject {
  return cluster.update('kubectl', service(name, more.namespace), (found) => ({
    ...found,
    metadata: { ...found.metadata, annotations: more.annotations ?? {} },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 5000 }], ...spec },
  }));
}

function reconcile(clusters: FakeCluster[], target: string): Promise<StepOutcome> {
  const refs = clusters.map(({ name }) => ({ name, context: name }));
  return createApplyStubServices(fakePorts(clusters))({
    cluster: { name: target, context: target },
    mesh: 'prod',
    namespace,
    clusters: refs,
  });
}

/** `namespace/name` of the Services of a cluster that are marked as stubs. */
function stubsOf(cluster: FakeCluster): string[] {
  return cluster
    .all()
    .filter(({ kind, metadata }) => kind === 'Service' && metadata.labels?.['meshwright.dev/stub'])
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)
    .sort();
}

function namespacesOf(cluster: FakeCluster): string[] {
  return cluster
    .all()
    .filter(({ kind }) => kind === 'Namespace')
    .map(({ metadata }) => metadata.name)
    .sort();
}

describe('stub Services', () => {
  test('stand in, without a selector, for what exists in other clusters only, with its ports and their names', async () => {
    const clusters = bed();
    const [one, two] = clusters as [FakeCluster, FakeCluster];
    addNamespace(one, 'sample');
    addNamespace(two, 'sample');
    addService(one, 'both');
    addService(two, 'both');
    addService(
      two,
      'only2',
      {
        ports: [
          { name: 'http', port: 5000, targetPort: 8080, nodePort: 30500, protocol: 'TCP' },
          { name: 'grpc', port: 5001, appProtocol: 'grpc' },
        ],
      },
      { annotations: { 'networking.istio.io/exportTo': '.', 'example.com/team': 'a' } },
    );
    await expect(reconcile(clusters, 'cluster1')).resolves.toEqual({
      changed: 1,
      summary: '1 stub services',
    });
    expect(stubsOf(one)).toEqual(['sample/only2']);
    expect(await one.read(service('only2'))).toMatchObject({
      metadata: {
        annotations: {
          'meshwright.dev/stub-of': 'cluster2',
          'networking.istio.io/exportTo': '.',
        },
      },
      spec: {
        ports: [
          { name: 'http', port: 5000, protocol: 'TCP' },
          { name: 'grpc', port: 5001, protocol: 'TCP', appProtocol: 'grpc' },
        ],
      },
    });
    expect((await one.read(service('only2')))?.metadata.annotations).not.toHaveProperty(
      'example.com/team',
    );
    expect((await one.read(service('only2')))?.['spec']).not.toHaveProperty('selector');
    one.writes.length = 0;
    await expect(reconcile(clusters, 'cluster1')).resolves.toMatchObject({ changed: 0 });
    expect(one.writes).toEqual([]);
  });

  test('are never made of stubs, so two clusters do not keep each other’s alive', async () => {
    const clusters = bed();
    const [one, two, three] = clusters as [FakeCluster, FakeCluster, FakeCluster];
    for (const cluster of clusters) addNamespace(cluster, 'sample');
    addService(two, 'only2');
    await reconcile(clusters, 'cluster1');
    await reconcile(clusters, 'cluster3');
    expect([stubsOf(one), stubsOf(three)]).toEqual([['sample/only2'], ['sample/only2']]);
    await two.remove(service('only2'));
    await expect(reconcile(clusters, 'cluster1')).resolves.toMatchObject({
      summary: '0 stub services, 1 removed',
    });
    await reconcile(clusters, 'cluster3');
    expect([stubsOf(one), stubsOf(three)]).toEqual([[], []]);
  });

  test('look as the first cluster of the file that has the Service says', async () => {
    const clusters = bed();
    const [one, two, three] = clusters as [FakeCluster, FakeCluster, FakeCluster];
    for (const cluster of [two, three]) addNamespace(cluster, 'sample');
    addService(two, 'spread', { ports: [{ name: 'http', port: 80 }] });
    addService(three, 'spread', { ports: [{ name: 'web', port: 81 }] });
    await reconcile(clusters, 'cluster1');
    expect(await one.read(service('spread'))).toMatchObject({
      spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
    });
  });

  test.each<[string, (two: FakeCluster) => void]>([
    ['a namespace without injection', (two) => addNamespace(two, 'sample', {})],
    [
      'a namespace that refuses injection, whatever its revision',
      (two) => addNamespace(two, 'sample', { 'istio-injection': 'disabled', 'istio.io/rev': 'a' }),
    ],
    [
      'a namespace of a verification',
      (two) =>
        addNamespace(two, 'sample', {
          'istio-injection': 'enabled',
          'meshwright.dev/verify-run': 'x',
        }),
    ],
  ])('are not made for %s', async (_where, prepare) => {
    const clusters = bed();
    const [one, two] = clusters as [FakeCluster, FakeCluster];
    prepare(two);
    addService(two, 'only2');
    await reconcile(clusters, 'cluster1');
    expect(stubsOf(one)).toEqual([]);
    addNamespace(two, 'sample', { 'istio.io/rev': 'canary' });
    await reconcile(clusters, 'cluster1');
    expect(stubsOf(one)).toEqual(['sample/only2']);
  });

  test('are not made for the system namespace, Kubernetes’ own, headless Services and aliases', async () => {
    const clusters = bed();
    const [one, two] = clusters as [FakeCluster, FakeCluster];
    for (const where of ['sample', 'kube-system', namespace]) addNamespace(two, where);
    addService(two, 'istiod', {}, { namespace });
    addService(two, 'metrics', {}, { namespace: 'kube-system' });
    addService(two, 'headless', { clusterIP: 'None' });
    addService(two, 'alias', { type: 'ExternalName', externalName: 'example.com' });
    addService(two, 'plain', { clusterIP: '10.98.0.7', type: 'LoadBalancer' });
    await reconcile(clusters, 'cluster1');
    expect(stubsOf(one)).toEqual(['sample/plain']);
  });

  test('get a namespace where there is none, which goes with the last of them', async () => {
    const clusters = bed();
    const [one, two] = clusters as [FakeCluster, FakeCluster];
    addNamespace(two, 'bar');
    addService(two, 'a', {}, { namespace: 'bar' });
    addService(two, 'b', {}, { namespace: 'bar' });
    await reconcile(clusters, 'cluster1');
    one.update(
      'pilot-discovery',
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'bar', name: 'istio-ca-root-cert' },
      (found) => ({ ...found, data: { 'root-cert.pem': 'x' } }),
    );
    expect(namespacesOf(one)).toEqual(['bar']);
    await two.remove(service('a', 'bar'));
    await reconcile(clusters, 'cluster1');
    expect(namespacesOf(one)).toEqual(['bar']);
    await two.remove(service('b', 'bar'));
    await reconcile(clusters, 'cluster1');
    expect([stubsOf(one), namespacesOf(one)]).toEqual([[], []]);
  });

  test.each<[string, (one: FakeCluster) => void]>([
    [
      'somebody’s object in it',
      (one) =>
        one.update(
          'kubectl',
          { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'bar', name: 'notes' },
          (found) => ({ ...found, data: { a: 'b' } }),
        ),
    ],
    [
      'somebody’s label on it',
      (one) =>
        one.update('kubectl', { apiVersion: 'v1', kind: 'Namespace', name: 'bar' }, (found) => ({
          ...found,
          metadata: {
            ...found.metadata,
            labels: { ...found.metadata.labels, 'istio-injection': 'enabled' },
          },
        })),
    ],
  ])('leave their namespace to its user for %s, without our marks', async (_what, use) => {
    const clusters = bed();
    const [one, two] = clusters as [FakeCluster, FakeCluster];
    addNamespace(two, 'bar');
    addService(two, 'a', {}, { namespace: 'bar' });
    await reconcile(clusters, 'cluster1');
    use(one);
    await two.remove(service('a', 'bar'));
    await reconcile(clusters, 'cluster1');
    expect(namespacesOf(one)).toEqual(['bar']);
    const bar = await one.read({ apiVersion: 'v1', kind: 'Namespace', name: 'bar' });
    expect(Object.keys(bar?.metadata.labels ?? {})).not.toContain('app.kubernetes.io/managed-by');
  });

  test('leave a namespace alone that may hold what the worker may not see', async () => {
    const clusters = bed();
    const [one, two] = clusters as [FakeCluster, FakeCluster];
    addNamespace(two, 'bar');
    addService(two, 'a', {}, { namespace: 'bar' });
    await reconcile(clusters, 'cluster1');
    const { MeshFailure } = await import('../../../mesh/failure.ts');
    one.onRequest = (verb, ref) => {
      if (verb === 'list' && ref === 'Secret') throw new MeshFailure('Forbidden', 'not allowed');
    };
    await two.remove(service('a', 'bar'));
    await reconcile(clusters, 'cluster1');
    expect([stubsOf(one), namespacesOf(one)]).toEqual([[], ['bar']]);
  });

  describe('that somebody makes a Service of their own', () => {
    /** A stub over which a real Service was applied, as kubectl does: it sends what differs, so the ports stay ours. */
    async function takenOver(): Promise<FakeCluster[]> {
      const clusters = bed();
      const [one, two] = clusters as [FakeCluster, FakeCluster];
      addNamespace(one, 'sample');
      addNamespace(two, 'sample');
      addService(two, 'only2');
      await reconcile(clusters, 'cluster1');
      one.update('kubectl-client-side-apply', service('only2'), (found) => ({
        ...found,
        spec: { ...(found['spec'] as object), selector: { app: 'only2' } },
      }));
      return clusters;
    }

    test('are handed over whole, and not touched again', async () => {
      const clusters = await takenOver();
      const [one] = clusters as [FakeCluster];
      await reconcile(clusters, 'cluster1');
      expect(stubsOf(one)).toEqual([]);
      const live = await one.read(service('only2'));
      expect(live).toMatchObject({
        spec: {
          selector: { app: 'only2' },
          ports: [{ name: 'http', port: 5000, protocol: 'TCP' }],
        },
      });
      expect(live?.metadata.labels ?? {}).toEqual({});
      one.writes.length = 0;
      await expect(reconcile(clusters, 'cluster1')).resolves.toMatchObject({ changed: 0 });
      expect(one.writes).toEqual([]);
    });

    test('stay when stub Services are given up, with the others gone', async () => {
      const clusters = await takenOver();
      const [one, two] = clusters as [FakeCluster, FakeCluster];
      addService(two, 'other');
      await reconcile(clusters, 'cluster1');
      one.update('kubectl-client-side-apply', service('other'), (found) => ({
        ...found,
        spec: { ...(found['spec'] as object), selector: { app: 'other' } },
      }));
      await createRemoveComponent(fakePorts(clusters))({
        cluster: { name: 'cluster1', context: 'cluster1' },
        mesh: 'prod',
        namespace,
        revision: null,
        component: 'stub-services',
      });
      expect(await one.read(service('only2'))).not.toBeNull();
      expect(await one.read(service('other'))).not.toBeNull();
      expect(stubsOf(one)).toEqual([]);
    });

    test('are offered to other clusters like any other', async () => {
      const clusters = await takenOver();
      const [, two, three] = clusters as [FakeCluster, FakeCluster, FakeCluster];
      await two.remove(service('only2'));
      await reconcile(clusters, 'cluster3');
      expect((await three.read(service('only2')))?.metadata.annotations).toEqual({
        'meshwright.dev/stub-of': 'cluster1',
      });
    });
  });

  test('leave foreign Services of the same name alone', async () => {
    const clusters = bed();
    const [one, two] = clusters as [FakeCluster, FakeCluster];
    addNamespace(two, 'sample');
    addService(two, 'both');
    addService(one, 'both', { ports: [{ name: 'other', port: 1 }] });
    one.writes.length = 0;
    await expect(reconcile(clusters, 'cluster1')).resolves.toMatchObject({ changed: 0 });
    expect(one.writes.filter(({ ref }) => !ref.includes('inventory'))).toEqual([]);
  });

  test('are left as they are while a cluster cannot be read', async () => {
    const clusters = bed();
    const [one, two, three] = clusters as [FakeCluster, FakeCluster, FakeCluster];
    addNamespace(two, 'sample');
    addService(two, 'only2');
    await reconcile(clusters, 'cluster1');
    three.onRequest = () => {
      throw new Error('unreachable');
    };
    one.writes.length = 0;
    await expect(reconcile(clusters, 'cluster1')).rejects.toThrow('unreachable');
    expect([stubsOf(one), one.writes]).toEqual([['sample/only2'], []]);
  });
});
