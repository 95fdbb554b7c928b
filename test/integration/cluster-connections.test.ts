import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import {
  rewriteKubeconfig,
  type TestContext,
  writeKubeconfig,
} from '../support/kubeconfig-file.ts';
import { createTestCa } from '../support/test-ca.ts';
import { failureOf, testClusters } from '../support/test-clusters.ts';

const TEN_MINUTES_MS = 600_000;
/** The header counts whole seconds, and a busy machine may add some. */
const CLOCK_ERROR_MS = 10_000;

jest.setTimeout(120_000);

let kube: KubeApiServer;
let proxy: CountingProxy;

beforeAll(async () => {
  kube = await startKubeApiServer();
  proxy = await startCountingProxy(kube.port);
});

afterAll(async () => {
  await proxy.stop();
  await kube.stop();
});

function admin(more: Partial<TestContext> = {}): TestContext {
  const server = `https://127.0.0.1:${proxy.port}`;
  return { name: 'admin', server, caPem: kube.caPem, token: kube.adminToken, ...more };
}

test('an install’s worth of calls takes at most two TLS handshakes', async () => {
  const clusters = testClusters(writeKubeconfig([admin()]));
  const before = proxy.connections();
  // Opened at once, as the first steps of an install do.
  const opened = await Promise.all(
    Array.from({ length: 20 }, () => clusters.open({ name: 'east', context: 'admin' })),
  );
  await Promise.all(opened.map((cluster) => cluster.version()));
  await Promise.all(
    Array.from({ length: 180 }, async () =>
      opened[0]?.read({ apiVersion: 'v1', kind: 'Namespace', name: 'default' }),
    ),
  );
  expect(proxy.connections() - before).toBeLessThanOrEqual(2);
  await clusters.close();
});

test('a broken connection under a read is repaired without a failure', async () => {
  const clusters = testClusters(writeKubeconfig([admin()]));
  const cluster = await clusters.open({ name: 'east', context: 'admin' });
  for (let round = 0; round < 5; round += 1) {
    const reads = Array.from({ length: 10 }, () =>
      cluster.list({ apiVersion: 'v1', kind: 'Namespace' }),
    );
    proxy.cut();
    for (const list of await Promise.all(reads)) expect(list.length).toBeGreaterThan(0);
  }
  await clusters.close();
});

test('credentials that change in the kubeconfig are used without opening the cluster again', async () => {
  const path = writeKubeconfig([admin({ token: 'a-token-that-was-revoked' })]);
  const clusters = testClusters(path);
  const cluster = await clusters.open({ name: 'east', context: 'admin' });
  const refused = await failureOf(cluster.list({ apiVersion: 'v1', kind: 'Namespace' }));
  expect(refused.type).toBe('Unauthorized');
  expect(refused.message).toContain('context "admin"');
  expect(JSON.stringify([refused.message, refused.details])).not.toContain(
    'a-token-that-was-revoked',
  );
  rewriteKubeconfig(path, [admin()]);
  // The first call is refused with the old token, reads the file again and goes through.
  expect((await cluster.list({ apiVersion: 'v1', kind: 'Namespace' })).length).toBeGreaterThan(0);
  await clusters.close();
});

test('client certificates work, and do not vouch for a token that is proved', async () => {
  const client = await kube.ca.issue({ commonName: 'boss', organization: 'system:masters' });
  const { token, ...withoutToken } = admin();
  const clusters = testClusters(writeKubeconfig([{ ...withoutToken, client }]));
  const cluster = await clusters.open({ name: 'east', context: 'admin' });
  expect(await cluster.version()).toMatch(/^v1\./);
  await cluster.proveToken(token ?? '');
  expect((await failureOf(cluster.proveToken('nobody'))).type).toBe('Unauthorized');
  expect((await failureOf(cluster.proveToken(kube.restrictedToken))).type).toBe('Forbidden');
  await clusters.close();
});

test('a cluster tells how far its clock is from the worker’s', async () => {
  const clusters = testClusters(writeKubeconfig([admin()]));
  const cluster = await clusters.open({ name: 'east', context: 'admin' });
  expect(Math.abs(await cluster.clockAheadMs())).toBeLessThan(CLOCK_ERROR_MS);
  const now = Date.now.bind(Date);
  const slow = jest.spyOn(Date, 'now').mockImplementation(() => now() - TEN_MINUTES_MS);
  const ahead = await cluster.clockAheadMs().finally(() => slow.mockRestore());
  expect(Math.abs(ahead - TEN_MINUTES_MS)).toBeLessThan(CLOCK_ERROR_MS);
  await clusters.close();
});

test('a server nobody listens on is ClusterUnreachable and named', async () => {
  const clusters = testClusters(writeKubeconfig([admin({ server: 'https://127.0.0.1:9' })]));
  const failure = await failureOf(
    (await clusters.open({ name: 'east', context: 'admin' })).version(),
  );
  expect(failure.type).toBe('ClusterUnreachable');
  expect(failure.message).toBe('east: https://127.0.0.1:9: nothing listens there (ECONNREFUSED)');
  await clusters.close();
});

test('a server whose certificate another CA signed is not talked to', async () => {
  const other = await createTestCa();
  const clusters = testClusters(writeKubeconfig([admin({ caPem: other.certPem })]));
  const failure = await failureOf(
    (await clusters.open({ name: 'east', context: 'admin' })).version(),
  );
  expect(failure.type).toBe('ClusterUnreachable');
  expect(failure.message).toContain('not signed by the CA of the context');
  await clusters.close();
});

test('a cluster says server and CA of its context', async () => {
  const clusters = testClusters(writeKubeconfig([admin()]));
  const cluster = await clusters.open({ name: 'east', context: 'admin' });
  expect([cluster.name, cluster.server, cluster.caData]).toEqual([
    'east',
    `https://127.0.0.1:${proxy.port}`,
    kube.caPem,
  ]);
  await clusters.close();
});

test('the exec of a pod that is gone is a failure that is retried', async () => {
  const clusters = testClusters(writeKubeconfig([admin()]));
  const cluster = await clusters.open({ name: 'east', context: 'admin' });
  const failure = await failureOf(
    cluster.exec({ namespace: 'default', name: 'gone', container: 'app' }, ['true']),
  );
  expect([failure.type, failure.message]).toEqual([
    'ConcurrentChange',
    'east: cannot exec Pod default/gone (container app): pods "gone" not found',
  ]);
  await clusters.close();
});
