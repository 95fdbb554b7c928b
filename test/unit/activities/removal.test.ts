import { describe, expect, test } from '@jest/globals';
import { applyComponent } from '../../../activities/objects/apply-objects.ts';
import { createPrepareNamespace } from '../../../activities/objects/prepare-namespace.ts';
import { createRemoveCluster } from '../../../activities/removal/remove-cluster.ts';
import { createRemoveComponent } from '../../../activities/removal/remove-component.ts';
import type { ObjectRef } from '../../../mesh/kubernetes-object.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import {
  installedCluster,
  left,
  namespace,
  object,
  uidOf,
} from '../../support/installed-cluster.ts';

const cluster3 = { name: 'cluster3', context: 'cluster3' };
const kubeSystem: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' };
const installed = (): Promise<FakeCluster> => installedCluster('cluster3');

const remove = (cluster: FakeCluster): ReturnType<ReturnType<typeof createRemoveCluster>> =>
  createRemoveCluster(fakePorts([cluster]))({
    cluster: cluster3,
    mesh: 'prod',
    namespace,
    uid: uidOf(cluster),
  });
describe('the removal of a cluster', () => {
  test('takes everything, the namespace that was made for it included, and the webhook first', async () => {
    const cluster = await installed();
    cluster.writes.length = 0;
    await expect(remove(cluster)).resolves.toMatchObject({
      summary: expect.stringContaining('namespace istio-system removed'),
    });
    expect(left(cluster)).toEqual(['Namespace kube-system', 'Namespace default']);
    expect(cluster.writes[0]).toMatchObject({
      verb: 'remove',
      ref: 'MutatingWebhookConfiguration istio-sidecar-injector',
    });
  });

  test('a second time finds nothing to do', async () => {
    const cluster = await installed();
    await remove(cluster);
    await expect(remove(cluster)).resolves.toMatchObject({ changed: 0 });
  });

  test('goes on from any request at which it died, to the same end', async () => {
    const count = async (dieAt: number): Promise<{ requests: number; end: string[] }> => {
      const cluster = await installed();
      let requests = 0;
      cluster.onRequest = () => {
        requests += 1;
        if (requests === dieAt) throw new Error('killed');
      };
      await remove(cluster).catch(() => remove(cluster));
      return { requests, end: left(cluster) };
    };
    const { requests, end } = await count(0);
    for (let at = 1; at <= requests; at += 1)
      expect([at, (await count(at)).end]).toEqual([at, end]);
  });

  test('leaves what is not ours: a foreign object in the namespace keeps the namespace, a foreign kind’s object its definition', async () => {
    const cluster = await installed();
    cluster.update(
      'kubectl',
      { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'notes' },
      (found) => ({ ...found, data: { a: 'b' } }),
    );
    cluster.update(
      'kubectl',
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        namespace: 'default',
        name: 'reviews',
      },
      (found) => ({ ...found, spec: { hosts: ['reviews'] } }),
    );
    const { summary } = await remove(cluster);
    expect(summary).toContain('1 definitions kept');
    expect(summary).toContain('namespace istio-system kept, it holds ConfigMap notes');
    expect(left(cluster).sort()).toEqual([
      'ConfigMap istio-system/notes',
      'CustomResourceDefinition virtualservices.networking.istio.io',
      'Namespace default',
      'Namespace istio-system',
      'Namespace kube-system',
      'VirtualService default/reviews',
    ]);
  });

  test('keeps a namespace that was there before, without what was written on it', async () => {
    const cluster = fakeCluster('cluster3');
    const ref = { ...kubeSystem, name: namespace };
    cluster.update('kubectl', ref, (found) => ({
      ...found,
      metadata: { ...found.metadata, labels: { team: 'a' } },
    }));
    cluster.update('kube', kubeSystem, (found) => ({ ...found, spec: {} }));
    const input = {
      cluster: cluster3,
      mesh: 'prod',
      namespace,
      network: 'n',
      controlPlaneClusters: [],
    };
    await createPrepareNamespace(fakePorts([cluster]))(input);
    await remove(cluster);
    expect((await cluster.read(ref))?.metadata.labels).toEqual({ team: 'a' });
  });

  test('is refused where the context leads to another cluster, or the root’s only key would go with it', async () => {
    const cluster = await installed();
    await expect(
      createRemoveCluster(fakePorts([cluster]))({
        cluster: cluster3,
        mesh: 'prod',
        namespace,
        uid: 'x',
      }),
    ).rejects.toMatchObject({ message: expect.stringContaining('leads to another cluster') });
    cluster.update(
      'meshwright',
      { apiVersion: 'v1', kind: 'Secret', namespace, name: 'meshwright-root-ca' },
      (found) => ({ ...found, data: { 'root-key.pem': 'x' } }),
    );
    cluster.writes.length = 0;
    await expect(remove(cluster)).rejects.toMatchObject({
      message: expect.stringContaining('is the key of the root'),
      details: {
        cure: expect.stringMatching(
          /: kubectl --context \S+ -n istio-system get secret meshwright-root-ca -o json \| jq '.*' \| kubectl --context CONTEXT create --field-manager=meshwright -f -; delete it here, then retry$/u,
        ),
      },
    });
    expect(cluster.writes).toEqual([]);
  });
});

test('a component that is removed leaves alone what another one lists too', async () => {
  const cluster = fakeCluster('cluster3');
  const shared = object('v1', 'Service', 'shared');
  const component = (name: string): { mesh: string; namespace: string; name: string } => ({
    mesh: 'prod',
    namespace,
    name,
  });
  await applyComponent(cluster, component('a'), [shared, object('v1', 'Service', 'only-a')]);
  await applyComponent(cluster, component('b'), [shared]);
  await expect(
    createRemoveComponent(fakePorts([cluster]))({
      cluster: cluster3,
      mesh: 'prod',
      namespace,
      revision: null,
      component: 'a',
    }),
  ).resolves.toEqual({ changed: 1, summary: 'a: 1 objects removed' });
  expect(left(cluster).sort()).toEqual([
    'ConfigMap istio-system/meshwright-inventory-b',
    'Service istio-system/shared',
  ]);
});
