import type { MeshRecord, Member } from './member.ts';

/** What precheck read from one cluster; recorded in history, so small and free of secrets. */
export type ClusterFacts = {
  /** `clusters[].name`. */
  cluster: string;
  /** API server's version, e.g. `v1.36.3`. */
  kubernetesVersion: string;
  /** Server of the worker's context, `https://host:port`. */
  contextServer: string;
  /** SHA-256 of the root certificate (DER, lower-case hex) in an existing valid `cacerts`; null when there is none. */
  rootFingerprint: string | null;
  /** Istio found in the cluster: none, installed by meshwright for this mesh, or version of ours found. */
  istio: { state: 'none' } | { state: 'ours'; version: string | null };
  /** Addresses (IP or hostname) of the east-west gateway that exist already. */
  gatewayAddresses: string[];
  /** Digest of the spec that was last verified by traffic, kept in the cluster; null when never. */
  verifiedDigest: string | null;
  /** UID of namespace `kube-system`, the identity of the cluster; absent in histories of older versions. */
  uid?: string;
  /** Names of the mesh's components in the cluster, from its inventories; absent in histories of older versions. */
  components?: string[];
  /** Ranges of its Services' addresses, as far as the cluster tells them; read for `dnsCapture` only. */
  serviceRanges?: string[];
  /** How far its API server's clock is ahead of the worker's, in milliseconds; negative when it is behind, absent when they agree within a minute. */
  clockAheadMs?: number;
  /** Namespace other than that of the file in which the mesh is installed in it; absent when there is none. */
  otherHome?: string;
  /** What the cluster remembers of the mesh, without its members; null when nothing. */
  record?: Omit<MeshRecord, 'members'> | null;
  /** Members that the cluster remembers and the file no longer names. */
  leavers?: Member[];
  /** Name of another cluster of the file under which it remembers itself; absent when it has its own, or none. */
  knownAs?: string;
};
