import { describe, expect, test } from '@jest/globals';
import { ChangeRecorder } from '../../../activities/attempt/change-recorder.ts';
import { objectDigest } from '../../../activities/attempt/object-digest.ts';
import { recordedCluster } from '../../../activities/attempt/recorded-clusters.ts';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import { refOf } from '../../../mesh/kubernetes-object.ts';
import { LISTED_CHANGES } from '../../../mesh/plan/object-changes.ts';
import { fakeCluster } from '../../support/fake-cluster.ts';

function configMap(name: string, value: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'ns1', name },
    data: { value },
  };
}

function rig(earlier: ConstructorParameters<typeof ChangeRecorder>[0] = null): {
  fake: ReturnType<typeof fakeCluster>;
  cluster: ReturnType<typeof recordedCluster>;
  recorder: ChangeRecorder;
} {
  const fake = fakeCluster('cluster1');
  const recorder = new ChangeRecorder(earlier);
  return { fake, cluster: recordedCluster(fake, recorder), recorder };
}

const HEX = expect.stringMatching(/^[0-9a-f]{12}$/);

describe('a recorded cluster', () => {
  test('tells what was created, changed and removed, with digests before and after', async () => {
    const { fake, cluster, recorder } = rig();
    await fake.apply(configMap('there', 'old'));
    await fake.apply(configMap('gone', 'old'));
    await cluster.apply(configMap('new', 'a'));
    await cluster.apply(configMap('there', 'new'));
    await cluster.read(refOf(configMap('gone', '')));
    await cluster.remove(refOf(configMap('gone', '')));
    const changes = recorder.changes(100);
    expect(changes).toEqual({
      created: 1,
      changed: 1,
      removed: 1,
      objects: [
        {
          action: 'created',
          cluster: 'cluster1',
          kind: 'ConfigMap',
          name: 'ns1/new',
          before: null,
          after: HEX,
        },
        {
          action: 'changed',
          cluster: 'cluster1',
          kind: 'ConfigMap',
          name: 'ns1/there',
          before: HEX,
          after: HEX,
        },
        {
          action: 'removed',
          cluster: 'cluster1',
          kind: 'ConfigMap',
          name: 'ns1/gone',
          before: HEX,
          after: null,
        },
      ],
    });
    expect(changes?.objects[1]?.before).not.toBe(changes?.objects[1]?.after);
  });

  test('tells nothing of what changed nothing: repeated applies, dry runs, objects that are there or not', async () => {
    const { fake, cluster, recorder } = rig();
    await fake.apply(configMap('there', 'a'));
    await cluster.apply(configMap('there', 'a'));
    await cluster.apply(configMap('there', 'b'), { dryRun: true });
    await cluster.create(configMap('there', 'c'));
    await cluster.remove(refOf(configMap('never', '')));
    expect(recorder.changes(100)).toBeNull();
  });

  test('does not know what was before a removal that nobody read for', async () => {
    const { fake, cluster, recorder } = rig();
    await fake.apply(configMap('gone', 'a'));
    await cluster.remove(refOf(configMap('gone', '')));
    expect(recorder.changes(1)?.objects).toMatchObject([{ action: 'removed', before: null }]);
  });

  test('makes one change of several writes, and two of what is made and removed again', async () => {
    const { cluster, recorder } = rig();
    await cluster.apply(configMap('twice', 'a'));
    const { object } = await cluster.apply(configMap('twice', 'b'));
    await cluster.apply(configMap('passing', 'a'));
    await cluster.remove(refOf(configMap('passing', '')));
    recorder.removed('cluster1', refOf(configMap('passing', '')));
    expect(recorder.changes(100)).toMatchObject({
      created: 2,
      changed: 0,
      removed: 1,
      objects: [
        { action: 'created', name: 'ns1/twice', before: null, after: objectDigest(object) },
        { action: 'created', name: 'ns1/passing' },
        { action: 'removed', name: 'ns1/passing', before: HEX },
      ],
    });
  });

  test('never digests a Secret', async () => {
    const { fake, cluster, recorder } = rig();
    const secret = { ...configMap('cacerts', ''), kind: 'Secret' };
    await fake.apply({ ...secret, data: { key: 'b2xk' } });
    await cluster.apply({ ...secret, data: { key: 'bmV3' } });
    await cluster.read(refOf(secret));
    await cluster.remove(refOf(secret));
    expect(recorder.changes(100)?.objects).toMatchObject([
      { action: 'changed', before: null, after: null },
      { action: 'removed', before: null, after: null },
    ]);
  });

  test('keeps kinds of the same name apart by their group', async () => {
    const { cluster, recorder } = rig();
    const gateway = { ...configMap('gateway', 'a'), kind: 'Gateway' };
    await cluster.apply({ ...gateway, apiVersion: 'networking.istio.io/v1' });
    await cluster.apply({ ...gateway, apiVersion: 'gateway.networking.k8s.io/v1' });
    expect(recorder.changes(100)?.objects.map(({ group }) => group)).toEqual([
      'networking.istio.io',
      'gateway.networking.k8s.io',
    ]);
  });
});

describe('a list that is cut', () => {
  test('says by how much, while the counts stay exact, and goes on so in the next attempt', async () => {
    const { cluster, recorder } = rig();
    for (let index = 0; index < 5; index += 1) await cluster.apply(configMap(`map${index}`, 'a'));
    const cut = recorder.changes(3);
    expect(cut).toMatchObject({ created: 5, changed: 0, removed: 0, cut: 2 });
    expect(cut?.objects).toHaveLength(3);
    const next = rig(cut);
    await next.fake.apply(configMap('map0', 'a'));
    const { object } = await next.cluster.apply(configMap('map0', 'b'));
    await next.cluster.apply(configMap('map5', 'a'));
    const both = next.recorder.changes(100);
    expect(both).toMatchObject({ created: 6, changed: 0, removed: 0, cut: 2 });
    expect(both?.objects.map(({ name }) => name)).toEqual([
      'ns1/map0',
      'ns1/map1',
      'ns1/map2',
      'ns1/map5',
    ]);
    expect(both?.objects[0]?.after).toBe(objectDigest(object));
    expect(cut?.objects[0]?.after).not.toBe(objectDigest(object));
  });
});

test('what an outcome lists stays far below the 256 KB at which Temporal warns, whatever the names', () => {
  const recorder = new ChangeRecorder(null);
  const apiVersion = `${'g'.repeat(253)}/v1`;
  for (let index = 0; index < 1_000; index += 1) {
    const metadata = { namespace: 'n'.repeat(63), name: String(index).padStart(253, 'x') };
    const object = { apiVersion, kind: 'K'.repeat(63), metadata };
    recorder.wrote('c'.repeat(63), { ...object, data: {} }, object);
  }
  const changes = recorder.changes(LISTED_CHANGES);
  expect(changes).toMatchObject({ changed: 1_000, cut: 900 });
  expect(JSON.stringify(changes).length).toBeLessThan(100_000);
});

describe('the digest of an object', () => {
  const base = configMap('map1', 'a');
  test('leaves out what the API server and its controllers keep by themselves', () => {
    const metadata = {
      ...base.metadata,
      resourceVersion: '7',
      uid: 'u',
      managedFields: [],
      annotations: { 'deployment.kubernetes.io/revision': '3' },
    };
    expect(objectDigest({ ...base, metadata, status: { ready: 1 } })).toBe(objectDigest(base));
  });

  test.each([
    ['content', { ...base, data: { value: 'b' } }],
    ['a label', { ...base, metadata: { ...base.metadata, labels: { a: 'b' } } }],
    ['an annotation', { ...base, metadata: { ...base.metadata, annotations: { a: 'b' } } }],
  ])('tells %s', (_what, other) => {
    expect(objectDigest(other)).not.toBe(objectDigest(base));
  });
});
