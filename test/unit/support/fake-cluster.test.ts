import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import { refOf } from '../../../mesh/kubernetes-object.ts';
import { fakeCluster } from '../../support/fake-cluster.ts';

const configMap = (data: { [key: string]: string }): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'x' },
  data,
});
const ref = refOf(configMap({}));
const dataOf = (object: KubernetesObject | null): unknown =>
  (object as { data?: unknown } | null)?.data;

describe('the fake cluster', () => {
  test('keeps the version of an object that an apply does not change', async () => {
    const cluster = fakeCluster('c');
    const first = await cluster.apply(configMap({ a: '1' }));
    const second = await cluster.apply(configMap({ a: '1' }));
    expect([first.changed, second.changed]).toEqual([true, false]);
    expect(second.object.metadata.resourceVersion).toBe(first.object.metadata.resourceVersion);
  });

  test('drops fields that their only manager no longer applies, and keeps those of others', async () => {
    const cluster = fakeCluster('c');
    await cluster.apply(configMap({ a: '1', b: '1' }));
    await cluster.apply(configMap({ c: '1' }), { fieldManager: 'meshwright-networks' });
    await cluster.apply(configMap({ a: '1' }));
    expect(dataOf(await cluster.read(ref))).toEqual({ a: '1', c: '1' });
  });

  test('refuses a field that a foreign manager owns with another value', async () => {
    const cluster = fakeCluster('c');
    cluster.update('kubectl', ref, (object) => ({ ...object, data: { a: '1' } }));
    await expect(cluster.apply(configMap({ a: '2' }))).rejects.toMatchObject({
      type: 'FieldConflict',
    });
    await expect(cluster.apply(configMap({ a: '1' }))).resolves.toMatchObject({ changed: true });
  });

  test('takes over what only our own managers own', async () => {
    const cluster = fakeCluster('c');
    await cluster.apply(configMap({ a: '1' }), { fieldManager: 'meshwright-networks' });
    await cluster.apply(configMap({ a: '2' }));
    expect(dataOf(await cluster.read(ref))).toEqual({ a: '2' });
  });

  test('moves a field to whoever updates it', async () => {
    const cluster = fakeCluster('c');
    await cluster.apply(configMap({ a: '1', b: '1' }));
    cluster.update('pilot-discovery', ref, (object) => ({ ...object, data: { a: '9', b: '1' } }));
    expect((await cluster.apply(configMap({ b: '1' }))).changed).toBe(false);
    expect(dataOf(await cluster.read(ref))).toEqual({ a: '9', b: '1' });
  });

  test('refuses an apply under an older version', async () => {
    const cluster = fakeCluster('c');
    const { object } = await cluster.apply(configMap({ a: '1' }));
    await cluster.apply(configMap({ a: '2' }));
    const locked = configMap({ a: '3' });
    locked.metadata.resourceVersion = object.metadata.resourceVersion as string;
    await expect(cluster.apply(locked)).rejects.toMatchObject({ type: 'ConcurrentChange' });
  });

  test('owns elements of a list by their name', async () => {
    const cluster = fakeCluster('c');
    const webhook = { apiVersion: 'v1', kind: 'W', metadata: { name: 'w' } };
    await cluster.apply({
      ...webhook,
      webhooks: [
        { name: 'a', policy: 'Ignore' },
        { name: 'b', policy: 'Fail' },
      ],
    });
    cluster.update('istiod', refOf(webhook), (object) => ({
      ...object,
      webhooks: [
        { name: 'a', policy: 'Fail', ca: 'X' },
        { name: 'b', policy: 'Fail' },
      ],
    }));
    const { object, changed } = await cluster.apply({
      ...webhook,
      webhooks: [{ name: 'a' }, { name: 'b', policy: 'Fail' }],
    });
    expect(changed).toBe(false);
    expect((object as unknown as { webhooks: unknown[] }).webhooks).toEqual([
      { name: 'a', policy: 'Fail', ca: 'X' },
      { name: 'b', policy: 'Fail' },
    ]);
  });

  test('shows a watch every change until it is satisfied', async () => {
    const cluster = fakeCluster('c');
    const seen = cluster.watchUntil(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'x' },
      (objects) => (dataOf(objects[0] ?? null) === undefined ? undefined : objects.length),
    );
    await cluster.apply({ ...configMap({}), metadata: { name: 'other', namespace: 'y' } });
    await cluster.apply(configMap({ a: '1' }));
    await expect(seen).resolves.toBe(1);
  });

  test('creates only what is not there', async () => {
    const cluster = fakeCluster('c');
    await cluster.create(configMap({ a: '1' }));
    const second = await cluster.create(configMap({ a: '2' }));
    expect([second.created, dataOf(second.object)]).toEqual([false, { a: '1' }]);
  });

  test('selects by labels and fields', async () => {
    const cluster = fakeCluster('c');
    await cluster.apply({
      ...configMap({}),
      metadata: { name: 'a', namespace: 'x', labels: { app: 'istiod' } },
    });
    await cluster.apply({ ...configMap({}), metadata: { name: 'b', namespace: 'x' } });
    const names = async (query: object): Promise<string[]> =>
      (await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', ...query })).map(
        (object) => object.metadata.name,
      );
    expect(await names({ labelSelector: 'app=istiod' })).toEqual(['a']);
    expect(await names({ labelSelector: 'app' })).toEqual(['a']);
    expect(await names({ fieldSelector: 'metadata.name=b' })).toEqual(['b']);
  });
});
