import type { Cluster } from './cluster.ts';
import type { SandboxControl } from './control-server.ts';
import type { DnsAnswer, Fault } from './fault.ts';
import { faultWords } from './fault-words.ts';
import type { InnerLaunch } from './launch.ts';
import type { NameServer } from './name-server.ts';
import { apiServerUrl } from './node-context.ts';
import type { ClusterStatus, SandboxStatus } from './sandbox-status.ts';
import type { ClusterShape } from './shape.ts';
import { UsageError } from './usage-error.ts';

/** How far a cluster's start has come. */
export interface ClusterProgress {
  /** How far it is. */
  readonly state: 'starting' | 'ready' | 'failed';
  /** Why it failed; null otherwise. */
  readonly reason: string | null;
}

/** The live parts that the control of a sandbox works on. */
export interface RunningParts {
  /** What the sandbox was told at its start. */
  readonly launch: InnerLaunch;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Started clusters, by name. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** How far each cluster is, by name. */
  readonly progress: ReadonlyMap<string, ClusterProgress>;
  /** Answers for names below .lb.test. */
  readonly nameServer: NameServer;
}

/** Answers for a running sandbox: its status, and its faults. */
export function controlSandbox(parts: RunningParts): SandboxControl {
  /** DNS faults in force: the cluster they were injected into, by name. */
  const dnsFaults = new Map<string, { cluster: string; answer: DnsAnswer }>();

  const answersOf = (cluster: string) =>
    new Map(
      [...dnsFaults]
        .filter(([, fault]) => fault.cluster === cluster)
        .map(([name, { answer }]) => [name, answer]),
    );

  const clear = async (cluster: Cluster) => {
    for (const name of answersOf(cluster.shape.name).keys()) {
      parts.nameServer.resetAnswer(name);
      dnsFaults.delete(name);
    }
    cluster.apiServer.start();
    await cluster.loadBalancer.clear();
  };

  const inject = async (clusterName: string, fault: Fault) => {
    const cluster = parts.clusters.get(clusterName);
    if (cluster === undefined) {
      const known = parts.launch.clusters.map(({ name }) => name).join(', ');
      throw new UsageError(`no cluster "${clusterName}" is running; the sandbox has ${known}`);
    }
    switch (fault.kind) {
      case 'clear':
        return clear(cluster);
      case 'dns':
        dnsFaults.set(fault.name, { cluster: clusterName, answer: fault.answer });
        return parts.nameServer.setAnswer(fault.name, fault.answer);
      case 'api':
        return faultApiServer(cluster, fault.action);
      default:
        return cluster.loadBalancer.inject(fault);
    }
  };

  const status = (): SandboxStatus => {
    const clusters = parts.launch.clusters.map((shape) => {
      const cluster = parts.clusters.get(shape.name);
      return clusterStatus(shape, parts, cluster, answersOf(shape.name));
    });
    const worst = (['failed', 'starting', 'degraded'] as const).find((state) =>
      clusters.some((cluster) => cluster.state === state),
    );
    return {
      apiVersion: 'meshwright.dev/v1alpha1',
      kind: 'SandboxStatus',
      state: worst ?? 'ready',
      startedAt: parts.startedAt,
      nameServer: `127.0.0.1:${parts.launch.namePort}`,
      clusters,
    };
  };
  return { status, inject, resolve: (query) => parts.nameServer.answer(query) };
}

async function faultApiServer(
  { apiServer, shape }: Cluster,
  action: 'stop' | 'start' | 'pause' | 'resume',
) {
  const { state } = apiServer.status();
  if (action === 'stop') return apiServer.stop();
  if (action === 'start') return apiServer.start();
  if (state === 'stopped') {
    throw new UsageError(`the API server of ${shape.name} is stopped; start it with "api start"`);
  }
  return action === 'pause' ? apiServer.pause() : apiServer.resume();
}

function clusterStatus(
  shape: ClusterShape,
  parts: RunningParts,
  cluster: Cluster | undefined,
  answers: ReadonlyMap<string, DnsAnswer>,
): ClusterStatus {
  const progress = parts.progress.get(shape.name) ?? { state: 'starting', reason: null };
  const components = cluster?.components() ?? [];
  const apiState = cluster?.apiServer.status().state;
  const loadBalancers = cluster?.loadBalancer.lines() ?? [];
  const policies = cluster?.loadBalancer.policies() ?? {
    all: { delayMs: 0 },
    byService: new Map(),
  };
  const api = apiState === 'stopped' ? 'stop' : apiState === 'paused' ? 'pause' : undefined;
  const sound = components.every(({ state }) => state === 'running');
  return {
    name: shape.name,
    network: shape.network,
    state: progress.state === 'ready' && !sound ? 'degraded' : progress.state,
    reason: progress.reason,
    nodeAddress: shape.nodeAddress,
    apiServer: apiServerUrl(shape),
    localApiServer: `https://127.0.0.1:${parts.launch.ports[shape.name]}`,
    components,
    loadBalancers,
    faults: faultWords({ policies, loadBalancers, answers, api }),
  };
}
