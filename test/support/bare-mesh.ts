import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { runMeshwright } from '../../bin/run-meshwright.ts';
import { stepOfActivity } from '../../contract/activity-ids.ts';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import { syncWorkflowId, TASK_QUEUE } from '../../contract/workflow-ids.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';
import { composeWorker } from '../../worker/compose-worker.ts';
import { readWorkerConfig } from '../../worker/config.ts';
import { aCluster, aMeshSpec } from './a-mesh-spec.ts';
import { type BareControllers, startBareControllers } from './bare-controllers.ts';
import { etcdKeys, keepEtcdKeys } from './etcd-keys.ts';
import { type Handle, startOperation } from './install-run.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-api-server.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { type Kubectl, openKubectl } from './kubectl.ts';
import { PRIMARY_INPUT } from './primary-install.ts';
import { NOTHING_CHANGED } from './scripted-steps.ts';
import { stateOfClusters } from './state-digest/read-state.ts';
import { startTemporalServer, type TemporalServer } from './temporal-server.ts';
import { testClusters } from './test-clusters.ts';
import { startWorker, type TestActivities } from './workflow-worker.ts';

/** An attempt of a step that is about to begin. */
export type BareAttempt = {
  /** Step id. */
  step: string;
  /** From 1 on. */
  attempt: number;
};

/** Awaited before an attempt begins. */
export type BeforeAttempt = (attempt: BareAttempt) => Promise<void>;

/** An install that runs. */
export type BareInstall = {
  /** Its workflow. */
  handle: Handle;
  /** Waits for its end. @throws when it fails */
  ended(): Promise<void>;
};

/** A mesh of primaries on networks of their own, whose clusters are an API server each: nothing runs in them. */
export type BareMesh = {
  /** API servers by cluster. */
  servers: { [cluster: string]: KubeApiServer };
  /** What clouds and controller managers do. */
  controllers: BareControllers;
  /** Temporal. */
  temporal: TemporalServer;
  /**
   * Takes everything out of all clusters and starts an install by a worker with the real steps; those that wait for pods have nothing to do. Clusters have
   * `graceMs` to answer, by default as long as any install gives them.
   */
  install(before?: BeforeAttempt, graceMs?: number): Promise<BareInstall>;
  /** What `meshwright status -o json` answers. */
  status(): Promise<MeshStatus>;
  /** What `meshwright status` shows. */
  statusScreen(): Promise<string>;
  /** Runs kubectl in a cluster. @throws {Error} with what it says when it fails */
  kubectl(cluster: string, ...words: string[]): Promise<string>;
  /** State digest of all clusters. */
  digest(): Promise<string>;
  /** Ends everything. */
  stop(): Promise<void>;
};

/** Steps that wait for pods, which no kubelet runs here, or use what those do. */
const NEED_PODS: ReadonlySet<string> = new Set([
  'awaitControlPlane',
  'awaitGateway',
  'awaitClusterSync',
  'awaitMeshSync',
  'verifyTraffic',
]);

/** Starts Temporal and an API server for each of the clusters, with more flags for its etcd. */
export async function startBareMesh(clusters: { [name: string]: string[] }): Promise<BareMesh> {
  const names = Object.keys(clusters);
  const istioctl = await resolvePart('istioctl', { env: process.env, onProgress: () => undefined });
  const temporal = await startTemporalServer();
  const started = await Promise.all(
    Object.values(clusters).map((flags) => startKubeApiServer([], flags)),
  );
  const servers = Object.fromEntries(names.map((name, index) => [name, started[index]])) as {
    [cluster: string]: KubeApiServer;
  };
  const empty = await Promise.all(started.map(({ etcd }) => etcdKeys(etcd)));
  const kubeconfig = writeKubeconfig(
    Object.entries(servers).map(([name, { server, caPem, adminToken: token }]) => ({
      name: `kind-${name}`,
      server,
      caPem,
      token,
    })),
  );
  const run: Kubectl = await openKubectl(kubeconfig);
  const spec = specOf(names);
  const home = mkdtempSync(join(tmpdir(), 'meshwright-bare-'));
  const env = {
    KUBECONFIG: kubeconfig,
    MESHWRIGHT_HOME: home,
    MESHWRIGHT_CACHE: home,
    MESHWRIGHT_ISTIOCTL: istioctl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
  };
  const opened = testClusters(kubeconfig);
  const controllers = startBareControllers(servers, opened);

  const kubectl: BareMesh['kubectl'] = async (cluster, ...words) => {
    const { code, output, complaint } = await run(`kind-${cluster}`, words);
    if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${complaint}`);
    return output;
  };

  /** Makes every API server forget what was made in it, definitions included. */
  const forget = async (): Promise<void> => {
    for (const [index, { etcd }] of started.entries())
      await keepEtcdKeys(etcd, empty[index] as Set<string>);
    for (const name of names) while ((await kubectl(name, 'api-versions')).includes('istio.io'));
  };

  /** Ends an install that a failed test has left; with its worker running, jest would not end. */
  let left: (() => Promise<void>) | null = null;
  const install: BareMesh['install'] = async (before = async () => undefined, graceMs) => {
    await forget();
    const composed = composeWorker(readWorkerConfig({ address: temporal.address }, env));
    const { nativeConnection, client } = temporal;
    const activities = withoutPods(composed.activities, before);
    const { interceptors } = composed;
    const worker = await startWorker(nativeConnection, activities, TASK_QUEUE, 10, interceptors);
    const more = graceMs === undefined ? {} : { graceMs };
    const handle = await startOperation(temporal, 'install', spec, TASK_QUEUE, more);
    const close = async (): Promise<void> => {
      left = null;
      try {
        await client.workflow.getHandle(syncWorkflowId(spec.name)).terminate();
      } finally {
        await worker.stop();
        await composed.close();
      }
    };
    left = async () => {
      await handle.terminate().catch(() => undefined);
      // It may have failed before there was a sync.
      await close().catch(() => undefined);
    };
    return {
      handle,
      ended: () =>
        handle
          .result()
          .then(() => undefined)
          .finally(close),
    };
  };

  const status = async (...words: string[]): Promise<string> =>
    (await runMeshwright(['status', spec.name, ...words], { env })).stdout;

  return {
    servers,
    controllers,
    temporal,
    install,
    status: async () => JSON.parse(await status('-o', 'json')) as MeshStatus,
    statusScreen: () => status(),
    kubectl,
    digest: () => stateOfClusters(names, kubectl),
    stop: async () => {
      await left?.();
      await controllers.stop();
      await Promise.all([opened.close(), temporal.stop()]);
      await Promise.all(started.map((server) => server.stop()));
    },
  };
}

function specOf(names: readonly string[]): MeshSpec {
  const clusters = names.map((name) => aCluster(name, `net-${name}`));
  return aMeshSpec({
    clusters,
    networks: clusters.map(({ network }) => ({ name: network, gateways: 'meshNetworks' })),
    istio: { version: PRIMARY_INPUT.istio.version },
  });
}

type AnyActivity = (...args: unknown[]) => Promise<unknown>;

function withoutPods(activities: TestActivities, before: BeforeAttempt): TestActivities {
  const wrapped = Object.entries(activities as { [kind: string]: AnyActivity }).map(
    ([kind, real]): [string, AnyActivity] => [
      kind,
      async (...args) => {
        const { activityId, attempt } = Context.current().info;
        await before({ step: stepOfActivity(activityId).step, attempt });
        return NEED_PODS.has(kind) ? NOTHING_CHANGED : real(...args);
      },
    ],
  );
  return Object.fromEntries(wrapped) as TestActivities;
}
