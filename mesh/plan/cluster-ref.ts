/** Names a cluster to the worker, which alone resolves it to credentials. */
export type ClusterRef = {
  /** `clusters[].name`. */
  name: string;
  /** Context in the worker's kubeconfig. */
  context: string;
};

/** Takes the reference of a cluster of the file. */
export function clusterRef(cluster: { name: string; context: string }): ClusterRef {
  return { name: cluster.name, context: cluster.context };
}
