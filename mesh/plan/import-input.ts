import type { ExportSpec } from '../spec/mesh-spec.ts';
import type { ClusterRef } from './cluster-ref.ts';

/** A service of another cluster in a replicated mesh, where it is called. */
export type ImportInput = {
  /** Cluster that calls it. */
  cluster: ClusterRef;
  /** Cluster whose service it is. */
  owner: ClusterRef;
  /** Mesh name. */
  mesh: string;
  /** System namespace. */
  namespace: string;
  /** The service. */
  service: Pick<ExportSpec, 'service' | 'namespace'>;
  /** Address that the name stands for; null where the name alone is used. */
  address: string | null;
  /** Names of the subsets that callers can choose. */
  subsets: string[];
  /** Whether callers go through their own egress gateway. */
  throughEgress: boolean;
};
