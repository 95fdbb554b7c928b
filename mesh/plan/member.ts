import type { ClusterRef } from './cluster-ref.ts';

/** A cluster as the clusters of a mesh remember it, so that one that has left the file can still be found and cleaned. */
export type Member = {
  /** `clusters[].name`. */
  name: string;
  /** Context in the worker's kubeconfig. */
  context: string;
  /** UID of its namespace `kube-system`: tells whether a context still leads to the same cluster. */
  uid: string;
};

/** What a mesh's clusters remember of it. */
export type MeshRecord = {
  /** Clusters that are part of it, or were and still hold objects of it. */
  members: Member[];
  /** Revision it runs; null for the default one. */
  revision: string | null;
  /** SPIFFE trust domain its workloads have. */
  trustDomain: string;
  /** How its control planes relate. */
  topology: 'multicluster' | 'replicated';
};

/** What is to be remembered, and where. */
export type RecordInput = {
  /** Clusters that shall remember it. */
  clusters: ClusterRef[];
  /** Mesh name. */
  mesh: string;
  /** System namespace, where the record is kept. */
  namespace: string;
  /** What they remember from now on. */
  record: MeshRecord;
  /** Clusters of the file that are away: those that one of `clusters` remembers already are members too. @default none */
  away?: string[];
};
