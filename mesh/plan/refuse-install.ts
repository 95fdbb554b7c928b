import { MeshFailure } from '../failure.ts';
import { isLoopbackServer } from '../spec/api-server.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { sharedRange } from '../istio/service-ranges.ts';
import type { Topology } from './topology.ts';

/** Facts by cluster name. */
export type FactsByCluster = ReadonlyMap<string, ClusterFacts>;

/**
 * Refuses, before anything is written, what the clusters' facts make impossible.
 * @throws {MeshFailure} TrustMismatch: two roots in one mesh, or `existing` trust without `cacerts`.
 * @throws {MeshFailure} PrecheckFailed: an API server that other clusters cannot reach by its address; DNS capture where the Services of two
 * clusters have addresses of one range.
 */
export function refuseInstall(spec: MeshSpec, topology: Topology, facts: FactsByCluster): void {
  refuseTwoRoots(facts);
  refuseMissingRoots(spec, facts);
  // Control planes that know their own cluster only reach no API server of another.
  if (topology.isReplicated) return;
  refuseLoopbackServers(spec, topology, facts);
  if (spec.nameResolution === 'dnsCapture') refuseSharedRanges(facts);
}

function refuseTwoRoots(facts: FactsByCluster): void {
  const clustersByRoot = new Map<string, string[]>();
  for (const { cluster, rootFingerprint } of facts.values()) {
    if (rootFingerprint === null) continue;
    const holders = clustersByRoot.get(rootFingerprint);
    if (holders === undefined) clustersByRoot.set(rootFingerprint, [cluster]);
    else holders.push(cluster);
  }
  if (clustersByRoot.size < 2) return;
  const holdings = [...clustersByRoot].map(
    ([root, clusters]) => `sha256:${root} in ${clusters.join(', ')}`,
  );
  throw new MeshFailure(
    'TrustMismatch',
    `the clusters' cacerts hold ${clustersByRoot.size} different root certificates, and a mesh has one: ${holdings
      .slice(0, 4)
      .join('; ')}${holdings.length > 4 ? '; …' : ''}`,
    {
      object: 'Secret cacerts',
      lines: holdings.slice(0, 10),
      cure: 'give all clusters cacerts under the same root, or remove cacerts from the clusters that may take the mesh’s root, then retry',
    },
  );
}

function refuseMissingRoots(spec: MeshSpec, facts: FactsByCluster): void {
  if (spec.trust.source !== 'existing') return;
  const missing = [...facts.values()]
    .filter((fact) => fact.rootFingerprint === null)
    .map((fact) => fact.cluster);
  if (missing.length === 0) return;
  throw new MeshFailure(
    'TrustMismatch',
    `trust.source is existing, but there is no valid Secret ${spec.istio.namespace}/cacerts in ${missing.join(', ')}`,
    {
      ...(missing.length === 1 && missing[0] !== undefined ? { cluster: missing[0] } : {}),
      object: `Secret ${spec.istio.namespace}/cacerts`,
      cure: 'create cacerts there under the root of the other clusters, or set trust.source: generated',
    },
  );
}

function refuseLoopbackServers(spec: MeshSpec, topology: Topology, facts: FactsByCluster): void {
  const unreachable = spec.clusters.flatMap((cluster, index) => {
    const server = facts.get(cluster.name)?.contextServer;
    const watchers = topology.primaries.filter((primary) => primary.name !== cluster.name);
    if (cluster.apiServer !== null || server === undefined || watchers.length === 0) return [];
    if (!isLoopbackServer(server)) return [];
    const readers = watchers.map((primary) => primary.name).join(', ');
    return [
      {
        cluster: cluster.name,
        message: `the API server of ${cluster.name} is ${server} in context ${cluster.context}, a loopback address that istiod in ${readers} cannot reach`,
        cure: `set clusters[${index}].apiServer to the address of ${cluster.name}'s API server as pods of ${readers} reach it, e.g. https://172.18.0.3:6443`,
      },
    ];
  });
  const [first] = unreachable;
  if (first === undefined) return;
  throw new MeshFailure('PrecheckFailed', first.message, {
    cluster: first.cluster,
    cure: first.cure,
    ...(unreachable.length === 1
      ? {}
      : { lines: unreachable.slice(1, 11).map(({ message, cure }) => `${message}; ${cure}`) }),
  });
}

/** A sidecar answers with the address that a Service has in its own cluster; in the caller's that address must be nobody else's. */
function refuseSharedRanges(facts: FactsByCluster): void {
  const seen: ClusterFacts[] = [];
  for (const fact of facts.values()) {
    for (const other of seen) {
      const shared = sharedRange(other.serviceRanges ?? [], fact.serviceRanges ?? []);
      if (shared === null) continue;
      throw new MeshFailure(
        'PrecheckFailed',
        `nameResolution is dnsCapture, and Services of ${other.cluster} and ${fact.cluster} share addresses (${shared}): an answer for one cluster would be another Service in the other`,
        {
          cluster: fact.cluster,
          cure: 'use nameResolution: stubServices, or give the clusters ranges of their own',
        },
      );
    }
    seen.push(fact);
  }
}
