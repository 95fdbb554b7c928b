import type { ClusterRef } from '../plan/cluster-ref.ts';
import type { ImportInput } from '../plan/import-input.ts';
import type { MeshNetwork } from '../plan/mesh-network.ts';
import type { RemoteSpec } from '../spec/mesh-spec.ts';

/** What every followed target has. */
type Target<K extends string> = {
  /** What kind of object it is, and so who looks at it and writes it. */
  kind: K;
  /** Unique in the mesh: `<written cluster>/<what>`, e.g. `cluster2/istiod-address`. */
  id: string;
  /** Cluster whose object is kept right. */
  cluster: ClusterRef;
  /** System namespace. */
  namespace: string;
  /** Control plane revision; null for the default one. */
  revision: string | null;
};

/** The EndpointSlice by which a remote reaches its primary's istiod. */
export type DiscoveryTarget = Target<'discovery'> & {
  /** Cluster whose istiod it leads to. */
  primary: ClusterRef;
  /** Name of the slice. @default that of istiod, `istiod` or `istiod-<revision>` */
  slice?: string;
  /** Way to istiod, and so whose addresses are followed. */
  discovery: RemoteSpec['discovery'];
};

/** Key `meshNetworks` in a primary's ConfigMap `istio`. */
export type MeshNetworksTarget = Target<'meshNetworks'> & {
  /** All listed networks: the text is written whole. */
  networks: MeshNetwork[];
};

/** Stub Services of a cluster, for those that exist in other clusters only. */
export type StubServicesTarget = Target<'stubServices'> & {
  /** Mesh name. */
  mesh: string;
  /** All clusters of the mesh, itself included. */
  clusters: ClusterRef[];
};

/** A service of another cluster in a replicated mesh, where it is called. */
export type ImportTarget = Target<'import'> & Omit<ImportInput, 'mesh'>;

/** What is kept right in one cluster and must follow addresses of others. A new kind is a member here and a file in activities/sync/. */
export type FollowedTarget =
  DiscoveryTarget | MeshNetworksTarget | StubServicesTarget | ImportTarget;

/** What a mesh's sync follows; names only, it crosses Temporal. */
export type FollowSpec = {
  /** Mesh name. */
  mesh: string;
  /** SHA-256 (hex) of the canonical spec it follows from. */
  specDigest: string;
  /** Names of the mesh's clusters. */
  clusters: string[];
  /** Targets in the order of display; none when nothing has to be followed. */
  targets: FollowedTarget[];
};

/** Begins the outcome of a hand-over in a mesh where nothing has to be followed. */
export const NOTHING_TO_FOLLOW = 'nothing to follow';

/** What a target is, for people: completes `cluster2 · …`. */
export const TARGET_TITLES: { [K in FollowedTarget['kind']]: string } = {
  discovery: 'istiod at',
  meshNetworks: 'mesh networks',
  stubServices: 'stub services',
  import: 'import at',
};
