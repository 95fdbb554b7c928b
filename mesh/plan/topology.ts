import type { ClusterSpec, MeshSpec, NetworkSpec } from '../spec/mesh-spec.ts';

/** Names the shape of a mesh as Istio's documentation does. */
export type TopologyName =
  'single cluster' | 'primary-remote' | 'multi-primary' | 'mixed' | 'replicated';

/** Who serves whom in a mesh, worked out once from its clusters; every question is answered in constant time. */
export type Topology = {
  /** Shape of the mesh. */
  name: TopologyName;
  /** Clusters with a control plane of their own, in the order of the file. */
  primaries: ClusterSpec[];
  /** Clusters attached to each primary, by the primary's name. */
  remotesOf: ReadonlyMap<string, ClusterSpec[]>;
  /** Networks that hold at least one cluster, in the order of the file. */
  networks: NetworkSpec[];
  /** Clusters of each network, by the network's name. */
  clustersOf: ReadonlyMap<string, ClusterSpec[]>;
  /** Networks in use whose gateways are listed in ConfigMap `istio`; none in a mesh of one network. */
  listedNetworks: NetworkSpec[];
  /** Names of the clusters that have an east-west gateway. */
  gateways: ReadonlySet<string>;
  /** Whether control planes know their own cluster only: no remote secrets, no services shared. */
  isReplicated: boolean;
  /** Control plane of each cluster: itself for a primary. */
  primaryOf: ReadonlyMap<string, ClusterSpec>;
};

/**
 * Works out the topology. A cluster has an east-west gateway when the mesh spans networks, or when remotes reach its
 * istiod through it.
 * @throws {Error} when a remote names a primary that is not there: the file's check lets no such spec through.
 */
export function topologyOf(spec: MeshSpec): Topology {
  const primaries = spec.clusters.filter((cluster) => cluster.controlPlane.kind === 'primary');
  const primaryByName = new Map(primaries.map((primary) => [primary.name, primary]));
  const remotesOf = new Map(primaries.map((primary) => [primary.name, [] as ClusterSpec[]]));
  const clustersOf = new Map<string, ClusterSpec[]>();
  const primaryOf = new Map<string, ClusterSpec>();
  for (const cluster of spec.clusters) {
    const { controlPlane } = cluster;
    const primary = primaryByName.get(
      controlPlane.kind === 'remote' ? controlPlane.primary : cluster.name,
    );
    if (primary === undefined)
      throw new Error(`cluster ${cluster.name} is attached to no primary of the mesh`);
    primaryOf.set(cluster.name, primary);
    if (controlPlane.kind === 'remote') remotesOf.get(primary.name)?.push(cluster);
    const neighbours = clustersOf.get(cluster.network);
    if (neighbours === undefined) clustersOf.set(cluster.network, [cluster]);
    else neighbours.push(cluster);
  }
  const networks = spec.networks.filter((network) => clustersOf.has(network.name));
  const isReplicated = spec.topology === 'replicated';
  // Clusters that know nothing of each other meet at gateways, whatever lies between them.
  const spansNetworks = networks.length > 1 || isReplicated;
  const withGateway = spec.clusters.filter(
    (cluster) => spansNetworks || remotesOf.get(cluster.name)?.some(isReachedByGateway) === true,
  );
  return {
    name: isReplicated ? 'replicated' : topologyName(spec.clusters.length, primaries.length),
    isReplicated,
    primaries,
    remotesOf,
    networks,
    clustersOf,
    listedNetworks:
      spansNetworks && !isReplicated
        ? networks.filter((network) => network.gateways === 'meshNetworks')
        : [],
    gateways: new Set(withGateway.map((cluster) => cluster.name)),
    primaryOf,
  };
}

/**
 * Control plane of a cluster.
 * @throws {Error} for a cluster of another mesh
 */
export function primaryOf(topology: Topology, cluster: ClusterSpec): ClusterSpec {
  const primary = topology.primaryOf.get(cluster.name);
  if (primary === undefined) throw new Error(`cluster ${cluster.name} is not part of the topology`);
  return primary;
}

function isReachedByGateway({ controlPlane }: ClusterSpec): boolean {
  return controlPlane.kind === 'remote' && controlPlane.discovery === 'gateway';
}

function topologyName(clusters: number, primaries: number): TopologyName {
  if (clusters === 1) return 'single cluster';
  if (primaries === 1) return 'primary-remote';
  return primaries === clusters ? 'multi-primary' : 'mixed';
}
