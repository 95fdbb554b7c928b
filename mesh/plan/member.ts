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
