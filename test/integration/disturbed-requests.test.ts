import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { ClosableClusters } from '../../activities/adapters/kubernetes-clusters.ts';
import type { Cluster } from '../../activities/ports/cluster.ts';
import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { FaultKind, ProxiedRequest } from '../support/fault-proxy/fault-kinds.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy/fault-proxy.ts';
import { faultOn } from '../support/fault-proxy/fault-source.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { failureOf, testClusters } from '../support/test-clusters.ts';

let kube: KubeApiServer;
let proxy: FaultProxy;
let clusters: ClosableClusters;
let cluster: Cluster;

beforeAll(async () => {
  kube = await startKubeApiServer();
  proxy = await startFaultProxy(kube);
});

// Every test has a connection of its own, with its own budget and memory.
beforeEach(async () => {
  const { caPem, adminToken: token } = kube;
  clusters = testClusters(writeKubeconfig([{ name: 'admin', server: proxy.server, caPem, token }]));
  cluster = await clusters.open({ name: 'east', context: 'admin' });
});

afterEach(async () => {
  proxy.inject(null);
  await clusters.close();
});

afterAll(async () => {
  await proxy.stop();
  await kube.stop();
});

const MAPS = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' };

function aMap(data: { [key: string]: string } = { a: '1' }): KubernetesObject {
  const metadata = { name: `map-${randomUUID()}`, namespace: 'default' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

function refOf({ metadata: { name } }: KubernetesObject): ObjectRef {
  return { ...MAPS, name };
}

function changed(map: KubernetesObject, data: { [key: string]: string }): KubernetesObject {
  return { ...map, data };
}

/** Requests of `method` that came since, of one object or of all. */
function since(count: number, method: string): ProxiedRequest[] {
  return proxy
    .requests()
    .slice(count)
    .filter((request) => request.method === method && request.path.includes('/configmaps'));
}

/** Does a fault to the next so many requests of a method. */
function next(kind: FaultKind, method: string, times = 1, settings = {}): number {
  proxy.inject(
    faultOn(
      kind,
      (request) => request.method === method && request.path.includes('/configmaps'),
      times,
    ),
    settings,
  );
  return proxy.requests().length;
}

test.each(['serverError', 'lateError'] as const)(
  'four answers of %s are nothing that anybody sees, the fifth is',
  async (kind) => {
    const map = aMap();
    let count = next(kind, 'PATCH', 4);
    expect((await cluster.apply(map)).changed).toBe(true);
    expect(since(count, 'PATCH')).toHaveLength(5);
    count = next(kind, 'PATCH', 5);
    const failure = await failureOf(cluster.apply(changed(map, { a: '2' })));
    expect(failure.type).toBe('ApiUnavailable');
    expect(since(count, 'PATCH')).toHaveLength(5);
  },
);

test('a create whose answer was lost is found as created before', async () => {
  const map = aMap();
  next('lateError', 'POST');
  expect(await cluster.create(map)).toMatchObject({ created: false, object: { data: { a: '1' } } });
});

test('an API server that is down for good gets no storm of requests', async () => {
  await cluster.read(refOf(aMap()));
  const count = next('serverError', 'GET', Infinity);
  const reads = Array.from({ length: 60 }, () => failureOf(cluster.read(refOf(aMap()))));
  for (const { type } of await Promise.all(reads)) expect(type).toBe('ApiUnavailable');
  expect(since(count, 'GET')).toHaveLength(60 + 20);
});

test('a throttled request is sent again when the API server said, others go on meanwhile', async () => {
  const map = aMap();
  const count = next('throttled', 'PATCH', 1, { retryAfterSeconds: 1 });
  const applied = cluster.apply(map);
  const others = Array.from({ length: 20 }, () => cluster.read(refOf(map)));
  await Promise.all(others);
  expect(since(count, 'PATCH').length).toBeLessThan(2);
  expect((await applied).changed).toBe(true);
  const [first, second] = since(count, 'PATCH');
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test('a request that is throttled for longer fails its attempt, with the wait', async () => {
  const count = next('throttled', 'GET', 1, { retryAfterSeconds: 7 });
  const failure = await failureOf(cluster.read(refOf(aMap())));
  expect([failure.type, failure.retryAfterMs]).toEqual(['Throttled', 7_000]);
  expect(since(count, 'GET')).toHaveLength(1);
});

test('a throttled watch is begun again when the API server said', async () => {
  const map = aMap();
  let looked = (): void => undefined;
  const watching = new Promise<void>((resolve) => (looked = resolve));
  proxy.inject(
    faultOn('throttled', ({ watch }) => watch),
    { retryAfterSeconds: 2 },
  );
  const count = proxy.requests().length;
  const found = cluster.watchUntil(MAPS, (maps) => {
    looked();
    return maps.find(({ metadata }) => metadata.name === map.metadata.name);
  });
  await watching;
  await cluster.create(map);
  await found;
  const [list, watch, again] = since(count, 'GET');
  expect([list?.watch, watch?.watch, again?.watch]).toEqual([false, true, false]);
  expect((again?.atMs ?? 0) - (watch?.atMs ?? 0)).toBeGreaterThanOrEqual(2_000);
});

test.each(['watchCut', 'watchGone'] as const)(
  '%s: what happened meanwhile is found',
  async (kind) => {
    const map = aMap();
    proxy.inject(faultOn(kind, () => true));
    let looks = 0;
    const found = cluster.watchUntil(MAPS, (maps) => {
      looks += 1;
      return maps.find(({ metadata }) => metadata.name === map.metadata.name);
    });
    await cluster.create(map);
    expect((await found).metadata.name).toBe(map.metadata.name);
    expect(looks).toBeGreaterThan(0);
  },
);

test('a write that lost four races is sent a fifth time, and no sixth', async () => {
  const map = aMap();
  let count = next('conflict', 'PATCH', 4);
  expect((await cluster.apply(map)).changed).toBe(true);
  expect(since(count, 'PATCH')).toHaveLength(5);
  count = next('conflict', 'PATCH', 5);
  expect((await failureOf(cluster.apply(changed(map, { a: '2' })))).type).toBe('ConcurrentChange');
  expect(since(count, 'PATCH')).toHaveLength(5);
  next('conflict', 'DELETE', 2);
  expect(await cluster.remove(refOf(map))).toBe(true);
  expect(await cluster.read(refOf(map))).toBeNull();
});

test('a write under a lock of the caller’s own is the caller’s to read again', async () => {
  const { object } = await cluster.create(aMap());
  const { resourceVersion = '' } = object.metadata;
  const locked = {
    ...aMap({ a: '2' }),
    metadata: { name: object.metadata.name, namespace: 'default', resourceVersion },
  };
  const count = next('conflict', 'PATCH');
  expect((await failureOf(cluster.apply(locked))).type).toBe('ConcurrentChange');
  expect(since(count, 'PATCH')).toHaveLength(1);
});

test('no read is older than our own write', async () => {
  const map = aMap();
  const dataOf = (object: KubernetesObject | null | undefined): unknown => object?.['data'];
  const listed = async (): Promise<unknown> =>
    dataOf((await cluster.list(MAPS)).find(({ metadata }) => metadata.name === map.metadata.name));
  expect(await listed()).toBeUndefined();
  expect(await cluster.read(refOf(map))).toBeNull();
  await cluster.create(map);
  await listed();
  let count = next('staleRead', 'GET', 2);
  expect(await listed()).toEqual({ a: '1' });
  expect(dataOf(await cluster.read(refOf(map)))).toEqual({ a: '1' });
  expect(proxy.injected().filter((fault) => proxy.requests().indexOf(fault) >= count)).toEqual([]);
  await cluster.apply(changed(map, { b: '2' }));
  await cluster.read(refOf(map));
  count = next('staleRead', 'GET', Infinity);
  expect(dataOf(await cluster.read(refOf(map)))).toEqual({ a: '1', b: '2' });
});

test('an object that somebody deleted after our write is gone', async () => {
  const map = aMap();
  await cluster.create(map);
  const other = testClusters(
    writeKubeconfig([
      { name: 'admin', server: kube.server, caPem: kube.caPem, token: kube.adminToken },
    ]),
  );
  await (await other.open({ name: 'east', context: 'admin' })).remove(refOf(map));
  await other.close();
  expect(await cluster.read(refOf(map))).toBeNull();
});
