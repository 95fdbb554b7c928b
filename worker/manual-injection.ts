import type { Clusters } from '../activities/ports/cluster.ts';
import type { ManualInjector } from '../activities/ports/manual-injector.ts';
import { injectorConfigMapName, meshConfigMapName } from '../mesh/istio/istio-names.ts';
import {
  type FileWorkload,
  injectionConfig,
  type InjectionIdentity,
  workloadsIn,
} from '../mesh/istio/manual-injection.ts';
import { type ClusterRef, clusterRef } from '../mesh/plan/cluster-ref.ts';
import type { IstioSpec } from '../mesh/spec/mesh-spec.ts';
import { nearestName } from '../mesh/spec/nearest-name.ts';
import { parseMeshFile } from '../mesh/spec/parse-mesh-file.ts';
import { formatSpecProblem } from '../mesh/spec/spec-problem.ts';
import { StartFailure } from './start-failure.ts';

/** For which cluster is injected, and with whose configuration. */
export type InjectionTarget = {
  /** Cluster whose control plane injects for it: itself, or its primary. */
  source: ClusterRef;
  /** What the configuration of the source must say of the cluster instead; null where the cluster is the source. */
  identity: InjectionIdentity | null;
  /** Release, revision and system namespace. */
  istio: Pick<IstioSpec, 'version' | 'revision' | 'namespace'>;
};

/**
 * Reads from a mesh file who injects for a cluster.
 * @throws {StartFailure} 2: the file is no valid mesh file, or names no such cluster
 */
export function injectionTarget(
  text: string,
  fileName: string,
  clusterName: string,
): InjectionTarget {
  const parsed = parseMeshFile(text, fileName);
  if (!parsed.ok) {
    const lines = parsed.problems.map(formatSpecProblem);
    throw new StartFailure(
      `${fileName} is not a valid mesh file: ${lines.length} problem${lines.length === 1 ? '' : 's'}`,
      'correct it, or name another with --mesh FILE or MESHWRIGHT_FILE',
      2,
      lines,
    );
  }
  const { clusters, istio } = parsed.spec;
  const cluster = clusters.find(({ name }) => name === clusterName);
  if (cluster === undefined) {
    const names = clusters.map(({ name }) => name);
    const near = nearestName(clusterName, names);
    throw new StartFailure(
      `there is no cluster "${clusterName}" in ${fileName}`,
      near === null ? `name one of ${names.join(', ')}` : `did you mean "${near}"?`,
    );
  }
  const { controlPlane } = cluster;
  // A local injector has a configuration of its own, beside it.
  if (controlPlane.kind === 'primary' || controlPlane.injector === 'local')
    return { source: clusterRef(cluster), identity: null, istio };
  const primary = clusters.find(({ name }) => name === controlPlane.primary) ?? cluster;
  return {
    source: clusterRef(primary),
    identity: { cluster: cluster.name, network: cluster.network },
    istio,
  };
}

/** Manifests as they were given. */
export type Manifests = {
  /** File name, for people. */
  name: string;
  /** YAML. */
  text: string;
};

/**
 * Adds sidecars to manifests, with the configuration that runs in the control plane now. Answers them, and a line for each workload that gets none.
 * @throws {StartFailure} nothing in the manifests can have a sidecar, or something has one; the control plane is not installed
 * @throws MeshFailure UnknownCluster, ToolMissing, ToolFailed, and what requests fail with
 */
export async function injectManifests(
  ports: { clusters: Clusters; injector: ManualInjector },
  { source, identity, istio }: InjectionTarget,
  manifests: Manifests,
): Promise<{ output: string; notes: string[] }> {
  const notes = notesOn(readWorkloads(manifests), manifests.name);
  const { namespace, revision, version } = istio;
  const cluster = await ports.clusters.open(source);
  const [mesh, injector] = await Promise.all(
    [meshConfigMapName(revision), injectorConfigMapName(revision)].map((name) =>
      cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }),
    ),
  );
  const config = injectionConfig(mesh ?? null, injector ?? null, identity);
  if (config === null) {
    throw new StartFailure(
      `${source.name} has no ConfigMaps ${namespace}/${meshConfigMapName(revision)} and ${injectorConfigMapName(revision)} to inject with: its control plane is not installed`,
      'install the mesh first: meshwright install -f FILE',
      1,
    );
  }
  const output = await ports.injector.inject(version, revision, config, manifests.text);
  const without = workloadsIn(output).filter(({ state }) => state === 'injectable');
  if (without.length > 0) {
    throw new StartFailure(
      `istioctl ${version} left ${without.map(({ name }) => name).join(', ')} without a sidecar`,
      `look at ConfigMap ${namespace}/${injectorConfigMapName(revision)} of ${source.name}: what does neverInjectSelector say there?`,
      1,
    );
  }
  return { output, notes };
}

function readWorkloads({ name, text }: Manifests): FileWorkload[] {
  try {
    return workloadsIn(text);
  } catch (error) {
    throw new StartFailure(
      // the lines below the first quote the manifest, which may be a Secret
      `${name} is not YAML: ${String((error as Error).message)
        .split('\n', 1)[0]
        ?.replace(/:$/, '')}`,
      'correct it, then inject again',
    );
  }
}

function notesOn(workloads: readonly FileWorkload[], file: string): string[] {
  const named = (state: FileWorkload['state']): string[] =>
    workloads.filter((workload) => workload.state === state).map(({ name }) => name);
  const injected = named('injected');
  if (injected.length > 0) {
    throw new StartFailure(
      `${injected.join(', ')} of ${file} ${injected.length === 1 ? 'has' : 'have'} a container istio-proxy already`,
      'give the manifests as you wrote them: a sidecar belongs to one cluster and one configuration',
    );
  }
  if (named('injectable').length === 0) {
    const others = workloads.map(({ name, state }) => `${name}: ${state}`);
    throw new StartFailure(
      `there is nothing to inject in ${file}`,
      'give it Deployments, StatefulSets, DaemonSets, Jobs, CronJobs or Pods',
      2,
      others,
    );
  }
  return [
    ...named('host network').map((name) => `${name} gets no sidecar: it uses its node's network`),
    ...named('declined').map((name) => `${name} gets no sidecar: sidecar.istio.io/inject is false`),
  ];
}
