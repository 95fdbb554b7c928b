import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ClosableClusters } from '../../activities/adapters/kubernetes-clusters.ts';
import type { Cluster } from '../../activities/ports/cluster.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { startCountingProxy } from '../support/counting-proxy.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { failureOf, testClusters } from '../support/test-clusters.ts';
import { startWriteGate } from '../support/write-gate.ts';

jest.setTimeout(120_000);

let kube: KubeApiServer;
let clusters: ClosableClusters;
let cluster: Cluster;
let restricted: Cluster;

beforeAll(async () => {
  // Every fiftieth answer asks the client to leave the connection, as API servers behind load balancers do.
  kube = await startKubeApiServer(['--goaway-chance=0.02']);
  const { server, caPem } = kube;
  clusters = testClusters(
    writeKubeconfig([
      { name: 'admin', server, caPem, token: kube.adminToken },
      { name: 'restricted', server, caPem, token: kube.restrictedToken },
    ]),
  );
  cluster = await clusters.open({ name: 'east', context: 'admin' });
  restricted = await clusters.open({ name: 'east', context: 'restricted' });
});

afterAll(async () => {
  await clusters.close();
  await kube.stop();
});

let names = 0;
function configMap(
  data: { [key: string]: string },
  name = `map-${(names += 1)}`,
): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

function refOfMap(object: KubernetesObject): Parameters<Cluster['read']>[0] {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: object.metadata.name };
}

test('an apply creates, a second one changes nothing, another value changes', async () => {
  const object = configMap({ a: '1' });
  const first = await cluster.apply(object);
  const second = await cluster.apply(object);
  const third = await cluster.apply({ ...object, data: { a: '2' } });
  expect([first.changed, second.changed, third.changed]).toEqual([true, false, true]);
  expect(second.object.metadata.resourceVersion).toBe(first.object.metadata.resourceVersion);
  expect((await cluster.read(refOfMap(object)))?.['data']).toEqual({ a: '2' });
});

test('a field that is no longer applied is removed, although the rest is as before', async () => {
  const object = configMap({ a: '1', b: '2' });
  await cluster.apply(object);
  const { changed } = await cluster.apply({ ...object, data: { a: '1' } });
  expect(changed).toBe(true);
  expect((await cluster.read(refOfMap(object)))?.['data']).toEqual({ a: '1' });
});

test('an apply is sent when somebody else has changed our field meanwhile', async () => {
  const object = configMap({ a: '1' });
  await cluster.apply(object);
  await cluster.apply(
    { ...object, data: { a: 'theirs' } },
    { fieldManager: 'meshwright-networks' },
  );
  await cluster.apply(object);
  expect((await cluster.read(refOfMap(object)))?.['data']).toEqual({ a: '1' });
});

test('a field of a foreign manager is a FieldConflict that names field, manager and cure', async () => {
  const object = configMap({ a: '1' });
  await cluster.apply(object, { fieldManager: 'kubectl' });
  const failure = await failureOf(cluster.apply({ ...object, data: { a: '2' } }));
  expect(failure.type).toBe('FieldConflict');
  expect(failure.message).toBe(
    `east: ConfigMap default/${object.metadata.name}: .data.a belongs to "kubectl"`,
  );
  expect(failure.details.cure).toContain('"kubectl"');
  expect((await cluster.read(refOfMap(object)))?.['data']).toEqual({ a: '1' });
});

test('an object that is fitted to the live one is read and fitted again when another writer was faster', async () => {
  const gate = await startWriteGate(kube);
  const access = { name: 'admin', server: gate.server, caPem: kube.caPem, token: kube.adminToken };
  const gated = testClusters(writeKubeconfig([access]));
  const slow = await gated.open({ name: 'east', context: 'admin' });
  const object = configMap({ policy: 'Ignore', port: '15017' });
  const seen: unknown[] = [];
  const held = gate.hold(0, 1);
  const applied = slow.apply(object, {
    fit: (wanted, live) => {
      seen.push(live?.['data']);
      return live === null ? wanted : { ...wanted, data: { port: '15017' } };
    },
  });
  await held;
  await cluster.apply({ ...object, data: { policy: 'Fail' } }, { fieldManager: 'istiod' });
  gate.drop();
  expect((await applied).object['data']).toEqual({ policy: 'Fail', port: '15017' });
  expect(seen).toEqual([undefined, { policy: 'Fail' }]);
  await gated.close();
  await gate.stop();
});

test('an old resourceVersion is refused as ConcurrentChange', async () => {
  const object = configMap({ a: '1' });
  const { object: first } = await cluster.apply(object);
  await cluster.apply({ ...object, data: { a: '2' } });
  const { resourceVersion } = first.metadata;
  const stale = {
    ...object,
    metadata: { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    data: { a: '3' },
  };
  expect((await failureOf(cluster.apply(stale))).type).toBe('ConcurrentChange');
});

test('a dry run says what would change and stores nothing', async () => {
  const object = configMap({ a: '1' });
  expect((await cluster.apply(object, { dryRun: true })).changed).toBe(true);
  expect(await cluster.read(refOfMap(object))).toBeNull();
  await cluster.apply(object);
  const other = { ...object, data: { a: '2' } };
  expect((await cluster.apply(other, { dryRun: true })).changed).toBe(true);
  expect((await cluster.apply(object, { dryRun: true })).changed).toBe(false);
  expect((await cluster.read(refOfMap(object)))?.['data']).toEqual({ a: '1' });
});

test('create answers the existing object instead of replacing it', async () => {
  const object = configMap({ a: 'first' });
  expect((await cluster.create(object)).created).toBe(true);
  const again = await cluster.create({ ...object, data: { a: 'second' } });
  expect(again.created).toBe(false);
  expect(again.object['data']).toEqual({ a: 'first' });
});

test('a dry-run create answers what would be stored and stores nothing', async () => {
  const object = configMap({ a: '1' });
  const answered = await cluster.dryRunCreate(object);
  expect(answered.metadata.uid).toBeDefined();
  expect(await cluster.read(refOfMap(object))).toBeNull();
});

test('remove answers whether there was something, and spares an object of the same name made since', async () => {
  const object = configMap({ a: '1' });
  const { object: old } = await cluster.create(object);
  expect(await cluster.remove(refOfMap(object))).toBe(true);
  expect(await cluster.remove(refOfMap(object))).toBe(false);
  await cluster.create(object);
  const failure = await failureOf(
    cluster.remove(refOfMap(object), { uid: old.metadata.uid ?? '' }),
  );
  expect(failure.type).toBe('ConcurrentChange');
});

test('kinds that are not served read as nothing and are applied when their CRD comes', async () => {
  const widget: KubernetesObject = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', namespace: 'default' },
    spec: { size: 1 },
  };
  expect(
    await cluster.read({ ...widget.metadata, apiVersion: 'example.com/v1', kind: 'Widget' }),
  ).toBeNull();
  expect(await cluster.list({ apiVersion: 'example.com/v1', kind: 'Widget' })).toEqual([]);
  expect((await failureOf(cluster.apply(widget))).type).toBe('ApiUnavailable');
  await cluster.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
        },
      ],
    },
  });
  const crd = await cluster.watchUntil(
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      fieldSelector: 'metadata.name=widgets.example.com',
    },
    (found) => {
      const status = found[0]?.['status'] as
        { conditions?: { type: string; status: string }[] } | undefined;
      return status?.conditions?.some(
        ({ type, status: is }) => type === 'Established' && is === 'True',
      )
        ? found[0]
        : undefined;
    },
  );
  expect(crd.metadata.name).toBe('widgets.example.com');
  // Established says that names are taken; that the endpoint serves follows within a second.
  await cluster.watchUntil({ apiVersion: 'example.com/v1', kind: 'Widget' }, () => true);
  for (let served = false; !served;) {
    served = await cluster.apply(widget).then(
      () => true,
      (error: { type?: string }) => {
        if (error.type !== 'ApiUnavailable') throw error;
        return new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50));
      },
    );
  }
  expect((await cluster.apply(widget)).changed).toBe(false);
});

test('a missing permission is Forbidden and names user, verb, resource and namespace', async () => {
  const failure = await failureOf(restricted.create(configMap({})));
  expect(failure.type).toBe('Forbidden');
  expect(failure.message).toContain('User "restricted" cannot create resource "configmaps"');
  expect(failure.message).toContain('in the namespace "default"');
});

test('lacking permissions are those among the asked, in their order', async () => {
  const asked = [
    { group: '', resource: 'secrets', verb: 'create', namespace: 'default' },
    { group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews', verb: 'create' },
    { group: '', resource: 'pods/exec', verb: 'create' },
  ];
  expect(await cluster.lackingPermissions(asked)).toEqual([]);
  expect(await restricted.lackingPermissions(asked)).toEqual([asked[0], asked[2]]);
});

test('no part of a refused Secret is in the failure', async () => {
  const secret: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cacerts', namespace: 'default' },
    data: { 'ca-key.pem': 'not*base64*hunter2' },
  };
  for (const write of ['apply', 'create'] as const) {
    const failure = await failureOf(cluster[write](secret));
    expect(failure.type).toBe('InvalidObject');
    expect(JSON.stringify([failure.message, failure.details])).not.toContain('hunter2');
  }
});

test('an object of a namespace that does not exist is refused with that reason', async () => {
  const object = configMap({});
  const failure = await failureOf(
    cluster.apply({ ...object, metadata: { ...object.metadata, namespace: 'nowhere' } }),
  );
  expect(failure.type).toBe('NamespaceGone');
  expect(failure.message).toContain('there is no namespace nowhere');
  expect(failure.details.cure).toMatch(/kubectl --context \S+ create namespace nowhere$/);
});

test('lists page by page and say kind and version of every object', async () => {
  await Promise.all(
    Array.from({ length: 20 }, () =>
      cluster.create({
        ...configMap({}),
        metadata: { ...configMap({}).metadata, labels: { listed: 'yes' } },
      }),
    ),
  );
  const objects = await cluster.list({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'default',
    labelSelector: 'listed=yes',
  });
  expect(objects).toHaveLength(20);
  expect(objects.every((object) => object.kind === 'ConfigMap' && object.apiVersion === 'v1')).toBe(
    true,
  );
});

test('connections the API server asks to leave (GOAWAY) cost no failure', async () => {
  const proxy = await startCountingProxy(kube.port);
  const server = `https://127.0.0.1:${proxy.port}`;
  const context = { name: 'admin', server, caPem: kube.caPem, token: kube.adminToken };
  const relayed = testClusters(writeKubeconfig([context]));
  const east = await relayed.open({ name: 'east', context: 'admin' });
  await Promise.all(
    Array.from({ length: 500 }, (_, index) =>
      east.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `asked-${index % 50}`, namespace: 'default' },
        data: { round: String(Math.floor(index / 50)) },
      }),
    ),
  );
  expect(proxy.connections()).toBeGreaterThan(1);
  await relayed.close();
  await proxy.stop();
});

test('a write whose permit lapses before its first byte is not sent, until there is a new one', async () => {
  const { server, caPem, adminToken: token } = kube;
  let confirmations = 0;
  const permit = {
    confirmed: () => {
      confirmations += 1;
      return confirmations < 3 ? Promise.resolve() : Promise.reject(new Error('superseded'));
    },
    holds: () => confirmations === 2,
  };
  const kubeconfig = writeKubeconfig([{ name: 'admin', server, caPem, token }]);
  const fenced = testClusters(kubeconfig, undefined, () => permit);
  const east = await fenced.open({ name: 'east', context: 'admin' });
  const written = configMap({ a: '1' });
  expect((await east.create(written)).created).toBe(true);
  expect(confirmations).toBe(2);

  confirmations = 2;
  const never = configMap({ a: '1' });
  for (const write of [
    () => east.apply(never),
    () => east.create(never),
    () => east.remove(refOfMap(written)),
  ]) {
    await expect(write()).rejects.toThrow('superseded');
  }
  expect(await cluster.read(refOfMap(never))).toBeNull();
  expect(await cluster.read(refOfMap(written))).not.toBeNull();
  await fenced.close();
});

test('dry runs need no permit', async () => {
  const { server, caPem, adminToken: token } = kube;
  const permit = { confirmed: () => Promise.reject(new Error('superseded')), holds: () => false };
  const kubeconfig = writeKubeconfig([{ name: 'admin', server, caPem, token }]);
  const fenced = testClusters(kubeconfig, undefined, () => permit);
  const east = await fenced.open({ name: 'east', context: 'admin' });
  const object = configMap({ a: '1' });
  expect((await east.apply(object, { dryRun: true })).changed).toBe(true);
  expect((await east.dryRunCreate(object))['data']).toEqual({ a: '1' });
  expect(await cluster.read(refOfMap(object))).toBeNull();
  await fenced.close();
});
