import { describe, expect, test } from '@jest/globals';
import { applyComponent, applyObjects } from '../../../activities/objects/apply-objects.ts';
import { boundedParallel } from '../../../activities/attempt/bounded-parallel.ts';
import { MeshFailure } from '../../../mesh/failure.ts';
import { inventoryRefs } from '../../../mesh/istio/inventory-object.ts';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';

const component = { mesh: 'prod', namespace: 'istio-system', name: 'base' };
const inventory = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'istio-system',
  name: 'meshwright-inventory-base',
};
const object = (kind: string, name: string, more: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'istio-system' },
  spec: {},
  ...more,
});

describe('applying a component', () => {
  test('writes nothing the second time', async () => {
    const cluster = fakeCluster('c');
    const objects = [object('Service', 'a'), object('ConfigMap', 'b', { data: { x: '1' } })];
    expect(await applyComponent(cluster, component, objects)).toEqual({
      changed: 2,
      summary: '2 objects, 2 changed',
    });
    const writes = cluster.writes.length;
    expect(await applyComponent(cluster, component, objects)).toEqual({
      changed: 0,
      summary: '2 objects, 0 changed',
    });
    expect(cluster.writes).toHaveLength(writes);
  });

  test('records an object before it exists, so that a dead worker leaves nothing unknown', async () => {
    const cluster = fakeCluster('c');
    cluster.onRequest = (verb, ref) => {
      if (verb === 'patch' && ref === 'Service istio-system/a')
        throw new MeshFailure('ClusterUnreachable', 'gone');
    };
    await expect(
      applyComponent(cluster, component, [object('Service', 'a')]),
    ).rejects.toMatchObject({ type: 'ClusterUnreachable' });
    cluster.onRequest = () => undefined;
    expect(inventoryRefs(await cluster.read(inventory)).map(({ name }) => name)).toEqual(['a']);
  });

  test('removes what is no longer wanted, and forgets it only then', async () => {
    const cluster = fakeCluster('c');
    await applyComponent(cluster, component, [object('Service', 'a'), object('Service', 'b')]);
    const outcome = await applyComponent(cluster, component, [object('Service', 'b')]);
    expect(outcome).toEqual({ changed: 1, summary: '1 objects, 0 changed, 1 removed' });
    expect(
      await cluster.read({
        apiVersion: 'v1',
        kind: 'Service',
        namespace: 'istio-system',
        name: 'a',
      }),
    ).toBeNull();
    expect(inventoryRefs(await cluster.read(inventory)).map(({ name }) => name)).toEqual(['b']);
  });

  test('removes nothing that another component has taken over, or that is not ours', async () => {
    const cluster = fakeCluster('c');
    await applyComponent(cluster, component, [
      object('Service', 'moved'),
      object('Service', 'foreign'),
      object('Service', 'kept'),
    ]);
    await applyComponent(cluster, { ...component, name: 'control-plane' }, [
      object('Service', 'moved'),
    ]);
    await cluster.remove({
      apiVersion: 'v1',
      kind: 'Service',
      namespace: 'istio-system',
      name: 'foreign',
    });
    cluster.update(
      'helm',
      { apiVersion: 'v1', kind: 'Service', namespace: 'istio-system', name: 'foreign' },
      (service) => ({ ...service, spec: { x: 1 } }),
    );
    expect(await applyComponent(cluster, component, [object('Service', 'kept')])).toMatchObject({
      changed: 0,
    });
    expect(
      (await cluster.list({ apiVersion: 'v1', kind: 'Service' }))
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(['foreign', 'kept', 'moved']);
  });

  test("never removes a definition, because the user's objects would go with it", async () => {
    const cluster = fakeCluster('c');
    const definition: KubernetesObject = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gateways.networking.istio.io' },
      status: { conditions: [{ type: 'Established', status: 'True' }] },
    };
    await applyComponent(cluster, component, [definition]);
    expect(await applyComponent(cluster, component, [])).toMatchObject({ changed: 0 });
    expect(inventoryRefs(await cluster.read(inventory))).toHaveLength(1);
  });

  test('comes to the same end with a twin at its side', async () => {
    const cluster = fakeCluster('c');
    const objects = ['a', 'b', 'c', 'd'].map((name) =>
      object('ConfigMap', name, { data: { name } }),
    );
    await Promise.all([
      applyComponent(cluster, component, objects),
      applyComponent(cluster, component, objects),
    ]);
    expect(cluster.all()).toHaveLength(5);
    expect(await applyComponent(cluster, component, objects)).toMatchObject({ changed: 0 });
  });
});

describe('applying objects', () => {
  const foreign = (cluster: FakeCluster, kind: string, name: string, labels = {}): void => {
    const ref = { apiVersion: 'v1', kind, namespace: 'istio-system', name };
    cluster.update('helm', ref, (live) => ({ ...live, metadata: { ...live.metadata, labels } }));
  };

  test('refuses all objects that somebody else made, at once, with who made them, and leaves them alone', async () => {
    const cluster = fakeCluster('c');
    foreign(cluster, 'Service', 'istiod');
    foreign(cluster, 'ServiceAccount', 'istiod');
    const objects = ['Service', 'ServiceAccount'].map((kind) => object(kind, 'istiod'));
    await expect(applyObjects(cluster, [...objects, object('Service', 'b')])).rejects.toMatchObject(
      {
        type: 'ForeignInstall',
        message:
          'c: Service istio-system/istiod (and 1 more) is there already, and meshwright did not make it',
        details: {
          lines: [
            'Service istio-system/istiod, made by helm',
            'ServiceAccount istio-system/istiod, made by helm',
          ],
          cure: expect.stringContaining(
            'kubectl -n istio-system label Service istiod meshwright.dev/mesh=MESH',
          ),
        },
      },
    );
    expect(cluster.writes.filter(({ ref }) => ref.endsWith('/istiod'))).toHaveLength(2);
  });

  test('finds an object that is a name only, of which nobody owns a field, a second time', async () => {
    const cluster = fakeCluster('c');
    const bare: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'bare', namespace: 'istio-system' },
    };
    await applyObjects(cluster, [bare]);
    await expect(applyObjects(cluster, [bare])).resolves.toBe(0);
  });

  test('takes an object that was handed over, and shares definitions', async () => {
    const cluster = fakeCluster('c');
    foreign(cluster, 'Service', 'istiod', { 'meshwright.dev/mesh': 'prod' });
    const ref = { apiVersion: 'v1', kind: 'CustomResourceDefinition', name: 'a.istio.io' };
    cluster.update('helm', ref, (live) => ({ ...live, spec: { x: 1 } }));
    const definition = { ...ref, metadata: { name: 'a.istio.io' }, spec: { x: 1 } };
    expect(await applyObjects(cluster, [object('Service', 'istiod'), definition])).toBe(2);
  });

  test('leaves to istiod what istiod has written', async () => {
    const cluster = fakeCluster('c');
    const webhooks: KubernetesObject = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'istio-validator-istio-system' },
      webhooks: [
        {
          name: 'rev.validation.istio.io',
          failurePolicy: 'Ignore',
          clientConfig: { service: { name: 'istiod' } },
        },
      ],
    };
    const ref = {
      apiVersion: webhooks.apiVersion,
      kind: webhooks.kind,
      name: webhooks.metadata.name,
    };
    await applyObjects(cluster, [webhooks]);
    cluster.update('pilot-discovery', ref, (live) => ({
      ...live,
      webhooks: [
        {
          name: 'rev.validation.istio.io',
          failurePolicy: 'Fail',
          clientConfig: { service: { name: 'istiod' }, caBundle: 'ROOT' },
        },
      ],
    }));
    expect(await applyObjects(cluster, [webhooks])).toBe(0);
    expect(await cluster.read(ref)).toMatchObject({
      webhooks: [{ failurePolicy: 'Fail', clientConfig: { caBundle: 'ROOT' } }],
    });
  });
});

describe('bounded parallel work', () => {
  test('runs no more than its limit at once and keeps the order', async () => {
    let running = 0;
    let most = 0;
    const results = await boundedParallel(
      [5, 4, 3, 2, 1],
      async (item) => {
        most = Math.max(most, ++running);
        for (let turn = 0; turn < item; turn++) await Promise.resolve();
        running--;
        return item * 10;
      },
      2,
    );
    expect(results).toEqual([50, 40, 30, 20, 10]);
    expect(most).toBe(2);
  });

  test('starts nothing more after a failure', async () => {
    const started: number[] = [];
    const work = (item: number): Promise<void> => {
      started.push(item);
      return item === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
    };
    await expect(boundedParallel([1, 2, 3, 4, 5, 6], work, 1)).rejects.toThrow('no');
    expect(started).toEqual([1]);
  });
});
