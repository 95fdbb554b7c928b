import type { ClusterRef } from './cluster-ref.ts';

/** One entry of `meshNetworks`: a network and the clusters whose gateways and endpoints belong to it. */
export type MeshNetwork = {
  /** Network name. */
  name: string;
  /** Clusters of that network in the order of the file, each with an east-west gateway of its own. */
  clusters: NetworkMember[];
};

/** A cluster of a network. */
export type NetworkMember = ClusterRef & {
  /** Whether it cannot be reached: what stands in `meshNetworks` because of it stays, and nothing is added. @default false */
  away?: boolean;
};
