import type { ClusterRef } from './cluster-ref.ts';

/** One entry of `meshNetworks`: a network and the clusters whose gateways and endpoints belong to it. */
export type MeshNetwork = {
  /** Network name. */
  name: string;
  /** Clusters of that network, each with an east-west gateway of its own. */
  clusters: ClusterRef[];
};
