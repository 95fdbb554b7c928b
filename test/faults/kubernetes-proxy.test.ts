import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ManifestRenderer } from '../../activities/ports/manifest-renderer.ts';
import { createStepActivities } from '../../activities/step-activities.ts';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';
import { etcdKeys, keepEtcdKeys } from '../support/etcd-keys.ts';
import { fakePorts } from '../support/fake-ports.ts';
import type { InjectedFault } from '../support/fault-proxy/fault-kinds.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy/fault-proxy.ts';
import {
  type FaultChances,
  faultOn,
  faultsBySeed,
  type FaultSource,
} from '../support/fault-proxy/fault-source.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { type Kubectl, openKubectl } from '../support/kubectl.ts';
import { installPrimaryBy, rendererOf } from '../support/primary-install.ts';
import { stateOfClusters } from '../support/state-digest/read-state.ts';
import { testClusters } from '../support/test-clusters.ts';
import { throughFaults } from '../support/through-faults.ts';

jest.setTimeout(300_000);

/** Repeats the mix of a run that failed. */
const SEED = process.env['MESHWRIGHT_FAULT_SEED'] ?? String(Date.now());
/** `MESHWRIGHT_FAULTS=all` runs twenty mixes and parts the network for longer than any request waits. */
const [MIXES, PARTED_MS] = process.env['MESHWRIGHT_FAULTS'] === 'all' ? [20, 45_000] : [1, 6_000];

const MIX: FaultChances = {
  latency: 0.05,
  resetBefore: 0.01,
  resetAfter: 0.01,
  throttled: 0.02,
  conflict: 0.05,
  serverError: 0.04,
  lateError: 0.03,
  blackHole: 0.001,
  staleRead: 0.1,
  watchCut: 0.2,
  watchGone: 0.2,
  watchSilence: 0.1,
};

let kube: KubeApiServer;
let proxy: FaultProxy;
let renderer: ManifestRenderer;
let kubectl: Kubectl;
let empty: Set<string>;
/** Digest and requests of the run that nothing disturbs. */
let undisturbed: { digest: string; requests: number };

/** An install through the proxy, and what became of it. */
type Install = {
  digest: string;
  requests: number;
  faults: InjectedFault[];
  failures: string[];
  ms: number;
};

beforeAll(async () => {
  kube = await startKubeApiServer();
  proxy = await startFaultProxy(kube);
  renderer = rendererOf(
    await resolvePart('istioctl', { env: process.env, onProgress: () => undefined }),
  );
  const { server, caPem, adminToken: token } = kube;
  kubectl = await openKubectl(writeKubeconfig([{ name: 'admin', server, caPem, token }]));
  empty = await etcdKeys(kube.etcd);
  undisturbed = await installed(null);
});

afterAll(async () => {
  await proxy.stop();
  await kube.stop();
});

/** Makes the API server forget everything, its definitions included. */
async function forget(): Promise<void> {
  await keepEtcdKeys(kube.etcd, empty);
  for (;;) {
    const { output } = await kubectl('admin', ['api-versions']);
    if (!output.includes('istio.io')) return;
  }
}

/** Installs a primary into an empty API server while `source` does its faults. */
async function installed(source: FaultSource | null): Promise<Install> {
  await forget();
  const before = { requests: proxy.requests().length, faults: proxy.injected().length };
  const failures: string[] = [];
  const { caPem, adminToken: token } = kube;
  const kubeconfig = writeKubeconfig([{ name: 'admin', server: proxy.server, caPem, token }]);
  const clusters = testClusters(kubeconfig);
  const steps = createStepActivities(fakePorts([], { clusters, renderer }));
  const startedAt = Date.now();
  proxy.inject(source, { latencyMs: 300 });
  try {
    await installPrimaryBy((step) =>
      throughFaults(
        () => step(steps),
        (message) => void failures.push(message),
      ),
    );
  } finally {
    proxy.inject(null);
    await clusters.close();
  }
  const ms = Date.now() - startedAt;
  const digest = await stateOfClusters(
    ['admin'],
    async (cluster, ...words) => (await kubectl(cluster, words)).output,
  );
  return {
    digest,
    requests: proxy.requests().length - before.requests,
    faults: proxy.injected().slice(before.faults),
    failures,
    ms,
  };
}

/** What an install suffered, for the log of a run. */
function told({ faults, failures, requests, ms }: Install): string {
  const counts: { [kind: string]: number } = {};
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  return `${JSON.stringify(counts)}: ${requests} requests, ${failures.length} failed attempts, ${ms} ms`;
}

const bySeed = (chances: FaultChances): FaultSource => faultsBySeed(SEED, chances);

test.each<[string, FaultSource]>([
  ['latency', bySeed({ latency: 0.2 })],
  ['connections reset before and after', bySeed({ resetBefore: 0.02, resetAfter: 0.02 })],
  ['optimistic locks that are lost', bySeed({ conflict: 0.3 })],
  ['throttling', bySeed({ throttled: 0.1 })],
  ['stale reads', bySeed({ staleRead: 1 })],
  ['a watch that breaks', faultOn('watchCut', () => true)],
  ['a watch whose version is gone', faultOn('watchGone', () => true)],
  ['a watch that says nothing', faultOn('watchSilence', () => true)],
  ['a connection that carries nothing', faultOn('blackHole', ({ method }) => method === 'GET')],
])('%s: the install ends in the state of an undisturbed one', async (_, source) => {
  const install = await installed(source);
  console.info(told(install), install.failures.join('\n'));
  expect(install.faults.length).toBeGreaterThan(0);
  expect(install.digest).toBe(undisturbed.digest);
});

test('a network that is parted in the middle of a write and heals: the install ends in the state of an undisturbed one', async () => {
  let healed = Promise.resolve();
  let late = 0;
  const part = faultOn('latency', ({ method, path }) => method === 'PATCH' && /deploy/.test(path));
  const install = await installed((request) => {
    const kind = part(request);
    // Late enough that the write is on its way to the API server, or its answer on the way back.
    if (kind !== null) healed = proxy.part(PARTED_MS).then(() => void (late += 1));
    return kind;
  });
  await healed;
  console.info(told(install), install.failures.join('\n'));
  expect(late).toBe(1);
  expect(install.ms).toBeGreaterThan(PARTED_MS);
  expect(install.digest).toBe(undisturbed.digest);
});

test('a burst of 5xx on three requests in ten ends in the same state, with at most three times the requests', async () => {
  const install = await installed(bySeed({ serverError: 0.2, lateError: 0.15 }));
  console.info(told(install), install.failures.join('\n'));
  expect(install.faults.length).toBeGreaterThan(undisturbed.requests / 5);
  expect(install.digest).toBe(undisturbed.digest);
  expect(install.requests).toBeLessThanOrEqual(3 * undisturbed.requests);
});

test.each(Array.from({ length: MIXES }, (_, index) => (index === 0 ? SEED : `${SEED}-${index}`)))(
  'MESHWRIGHT_FAULT_SEED=%s: a mix of all faults ends in the state of an undisturbed install',
  async (seed) => {
    const install = await installed(faultsBySeed(seed, MIX));
    console.info(`seed ${seed}: ${told(install)}`);
    expect(install.faults.length).toBeGreaterThan(5);
    expect(install.digest).toBe(undisturbed.digest);
  },
);
