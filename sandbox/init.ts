/**
 * Program: builds and runs all clusters from inside the sandbox's namespaces. Its standard input
 * is a lifeline: when that closes, or when this process dies, everything ends.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createCgroup, removeCgroup, sandboxCgroup } from './cgroups.ts';
import { startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { startControlServer } from './control-server.ts';
import { openFabricForwards } from './fabric-forwards.ts';
import { forwardSocketToAddress } from './forwarder.ts';
import { isolateMounts } from './isolation.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { prepareImageStore } from './image-store.ts';
import type { InnerLaunch } from './launch.ts';
import { apiSocketOf, layoutOf } from './layout.ts';
import { startLogRotation } from './log-rotation.ts';
import { renderMeshFile } from './mesh-file.ts';
import { startNameServer } from './name-server.ts';
import { buildFabric } from './network.ts';
import { createClusterPki } from './pki.ts';
import type { ClusterPki } from './pki.ts';
import { report } from './report.ts';
import { controlSandbox } from './running-sandbox.ts';
import type { ClusterProgress } from './running-sandbox.ts';
import { nameServerAddress } from './shape.ts';
import type { ClusterShape } from './shape.ts';

const launch = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as InnerLaunch;
const layout = layoutOf(launch.dir);
const clusters = new Map<string, Cluster>();
const progress = new Map<string, ClusterProgress>();

process.stdin.resume();
process.stdin.on('close', () => void shutDown(0));
process.on('SIGTERM', () => void shutDown(0));
process.on('uncaughtException', (error) => fail(error));
process.on('unhandledRejection', (error) => fail(error));

try {
  await run();
} catch (error) {
  fail(error);
}

async function run(): Promise<void> {
  await isolateMounts(launch.dir);
  startLogRotation(layout.logsDir);
  await buildFabric(launch.clusters);
  const nameServer = await startNameServer(nameServerAddress, addressesOf);
  const startedAt = new Date().toISOString();
  const control = controlSandbox({ launch, startedAt, clusters, progress, nameServer });
  await startControlServer(layout.controlSocket, control);

  const imageStore = prepareImageStore(
    launch.parts,
    launch.imageStoreDir,
    join(layout.logsDir, 'images.log'),
  );
  imageStore.catch(() => undefined);
  const keys = await Promise.all(launch.clusters.map(pkiOf));
  writeFileSync(layout.kubeconfig, kubeconfigForPeople(keys), { mode: 0o600 });
  writeFileSync(layout.meshFile, renderMeshFile(launch.clusters, launch.gateways));

  const forwards = openFabricForwards();
  const waiting = launch.clusters.map((cluster, index) => ({
    cluster,
    pki: keys[index] as ClusterPki,
  }));
  const startNext = async (): Promise<void> => {
    const next = waiting.shift();
    if (next === undefined) return;
    await startOne(next.cluster, next.pki, forwards, imageStore);
    await startNext();
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, startNext));
  report({ type: 'ready' });
}

async function startOne(
  cluster: ClusterShape,
  pki: ClusterPki,
  forwards: ReturnType<typeof openFabricForwards>,
  imageStore: Promise<string>,
): Promise<void> {
  const { name } = cluster;
  progress.set(name, { state: 'starting', reason: null });
  try {
    const node = {
      cluster,
      pki,
      parts: launch.parts,
      dir: join(layout.clustersDir, name),
      logsDir: join(layout.logsDir, name),
      cgroup: `${sandboxCgroup(launch.id)}/${name}`,
    };
    mkdirSync(node.dir, { recursive: true, mode: 0o700 });
    createCgroup(node.cgroup);
    await forwardSocketToAddress(apiSocketOf(layout.runDir, name), cluster.nodeAddress, 6443);
    const listener = {
      onStep: (text: string) => report({ type: 'progress', text: `${name}: ${text}` }),
      onTrouble: (text: string) => report({ type: 'progress', text }),
    };
    const balancing = { forwards, delayMs: launch.lbDelayMs };
    const started = await startCluster(node, launch.clusters, balancing, imageStore, listener);
    clusters.set(name, started);
    await started.usable;
    progress.set(name, { state: 'ready', reason: null });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    progress.set(name, { state: 'failed', reason });
    throw error;
  }
}

function pkiOf(cluster: ClusterShape): Promise<ClusterPki> {
  const { name, nodeName, nodeAddress, kubernetesAddress } = cluster;
  return createClusterPki({ clusterName: name, nodeName, nodeAddress, kubernetesAddress });
}

function kubeconfigForPeople(keys: readonly ClusterPki[]): string {
  const entries = launch.clusters.flatMap(({ name }, index) => {
    const pki = keys[index];
    const server = `https://127.0.0.1:${launch.ports[name]}`;
    return pki === undefined ? [] : [{ name, server, ca: pki.ca.cert, user: pki.clients.admin }];
  });
  return renderKubeconfig(entries);
}

function addressesOf(name: string): readonly string[] | undefined {
  const found = [...clusters.values()].flatMap(
    ({ loadBalancer }) => loadBalancer.names().get(name) ?? [],
  );
  return found.length > 0 ? found : undefined;
}

function fail(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof Error ? error.stack : text}\n`);
  report({ type: 'failed', text });
  void shutDown(1);
}

async function shutDown(code: number): Promise<void> {
  await Promise.all([...clusters.values()].map((cluster) => cluster.stop()));
  try {
    // Every process of the namespace but this one and the first, which waits for this one.
    process.kill(-1, 'SIGKILL');
  } catch {
    // None is left.
  }
  await removeCgroup(sandboxCgroup(launch.id));
  process.exit(code);
}
