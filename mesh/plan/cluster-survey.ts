import type { Member } from './member.ts';

/** Something outside of a mesh that would stop working without it. */
export type ForeignLink = {
  /** Object that makes the link, as `Kind namespace/name`. */
  object: string;
  /** Cluster that it links to the mesh; null when it is one of the mesh's own that uses it. */
  cluster: string | null;
  /** What it does, e.g. `lets istiod read cluster west9`. */
  does: string;
};

/** What of a mesh is in one cluster, read before anything is removed; recorded in history, so small and free of secrets. */
export type ClusterSurvey = {
  /** `clusters[].name`. */
  cluster: string;
  /** Why it cannot be reached; null when it was looked at. Then all else says nothing. */
  unreachable: string | null;
  /** Whether it is the worker's access that is missing, so that its removal waits for a person instead of leaving it behind; absent when it is not. */
  noAccess?: true;
  /** UID of namespace `kube-system`; null when it is not known. */
  uid: string | null;
  /** Whether anything says that the mesh is, or was, in it. */
  present: boolean;
  /** Namespace other than that of the file in which the mesh is installed in it; absent when there is none. */
  otherHome?: string;
  /** Names of the mesh's components in it, from its inventories. */
  components: string[];
  /** Members that it remembers and the file does not name. */
  leavers: Member[];
  /** What somebody else has linked to the mesh, as far as the clusters of the file do not explain it. */
  links: ForeignLink[];
  /** Pods that carry a sidecar. */
  sidecars: number;
  /** Whether it holds the key of the mesh's root. */
  holdsRoot: boolean;
};
