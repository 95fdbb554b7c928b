import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ClosableClusters } from '../../activities/adapters/kubernetes-clusters.ts';
import type { Cluster } from '../../activities/ports/cluster.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { failureOf, testClusters } from '../support/test-clusters.ts';

jest.setTimeout(120_000);

let kube: KubeApiServer;
let proxy: CountingProxy;
let clusters: ClosableClusters;
let cluster: Cluster;
let signal: AbortSignal | undefined;

beforeAll(async () => {
  kube = await startKubeApiServer();
  proxy = await startCountingProxy(kube.port);
  const server = `https://127.0.0.1:${proxy.port}`;
  const kubeconfig = writeKubeconfig([
    { name: 'admin', server, caPem: kube.caPem, token: kube.adminToken },
  ]);
  clusters = testClusters(kubeconfig, () => signal);
  cluster = await clusters.open({ name: 'east', context: 'admin' });
});

afterAll(async () => {
  await clusters.close();
  await proxy.stop();
  await kube.stop();
});

const QUERY = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' };

function configMap(name: string, data: { [key: string]: string } = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

/** Waits for a ConfigMap; `watching` resolves when it has been looked for once. */
function awaitMap(name: string): { watching: Promise<void>; found: Promise<KubernetesObject> } {
  let looked = (): void => undefined;
  const watching = new Promise<void>((resolve) => (looked = resolve));
  const found = cluster.watchUntil(QUERY, (objects) => {
    looked();
    return objects.find((object) => object.metadata.name === name);
  });
  return { watching, found };
}

test('a wait ends with the event of what it waits for', async () => {
  const { watching, found } = awaitMap('comes');
  await watching;
  await cluster.create(configMap('comes'));
  expect((await found).kind).toBe('ConfigMap');
});

test('a wait sees changes and removals', async () => {
  await cluster.create(configMap('goes'));
  const seen: string[] = [];
  const acts: Promise<unknown>[] = [];
  const gone = cluster.watchUntil(QUERY, (objects) => {
    const object = objects.find(({ metadata }) => metadata.name === 'goes');
    if (object === undefined) return true;
    const state = (object['data'] as { state?: string } | undefined)?.state ?? 'new';
    // Each act follows from having seen the one before.
    if (seen.at(-1) === state) return undefined;
    seen.push(state);
    const changed = configMap('goes', { state: 'changed' });
    acts.push(
      state === 'new' ? cluster.apply(changed) : cluster.remove({ ...QUERY, name: 'goes' }),
    );
    return undefined;
  });
  expect(await gone).toBe(true);
  await Promise.all(acts);
  expect(seen).toEqual(['new', 'changed']);
});

test('a wait bears a restart of the API server', async () => {
  const { watching, found } = awaitMap('after-restart');
  await watching;
  await kube.killApiServer();
  await kube.startApiServer();
  const other = await clusters.open({ name: 'east', context: 'admin' });
  await other.create(configMap('after-restart'));
  expect((await found).metadata.name).toBe('after-restart');
});

test('a wait bears cut connections', async () => {
  const { watching, found } = awaitMap('after-cut');
  await watching;
  proxy.cut();
  await cluster.create(configMap('after-cut'));
  expect((await found).metadata.name).toBe('after-cut');
});

test('what the judge throws ends the wait as it is', async () => {
  const failure = await failureOf(
    cluster.watchUntil(QUERY, () => {
      throw new MeshFailure('RolloutFailed', 'image cannot be pulled');
    }),
  );
  expect(failure.type).toBe('RolloutFailed');
});

test('a wait ends with the signal of its activity, whatever it is doing', async () => {
  const controller = new AbortController();
  signal = controller.signal;
  try {
    const { watching, found } = awaitMap('never');
    await watching;
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(found).rejects.toBe(reason);
  } finally {
    signal = undefined;
  }
});

test('twelve waits at once share the connections of the requests', async () => {
  await cluster.version();
  const before = proxy.connections();
  const waits = Array.from({ length: 12 }, (_, index) => awaitMap(`shared-${index}`));
  await Promise.all(waits.map(({ watching }) => watching));
  await Promise.all(waits.map((_, index) => cluster.create(configMap(`shared-${index}`))));
  await Promise.all(waits.map(({ found }) => found));
  expect(proxy.connections() - before).toBeLessThanOrEqual(1);
});
