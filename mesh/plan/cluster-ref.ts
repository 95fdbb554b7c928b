/** Names a cluster to the worker, which alone resolves it to credentials. */
export type ClusterRef = {
  /** `clusters[].name`. */
  name: string;
  /** Context in the worker's kubeconfig. */
  context: string;
};
