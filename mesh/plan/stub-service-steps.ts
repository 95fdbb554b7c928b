import type { ClusterSpec, MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { PlanStep } from './plan.ts';
import { step } from './step.ts';

/** Stub Services of a cluster; none where names are resolved in another way, or there is no other cluster. */
export function stubServiceSteps(spec: MeshSpec, cluster: ClusterSpec): PlanStep[] {
  if (spec.nameResolution !== 'stubServices' || spec.clusters.length < 2) return [];
  return [
    step(
      'applyStubServices',
      cluster.name,
      'stub-services',
      'stub services',
      // Their inventory is kept in the system namespace.
      [`${cluster.name}/prepare-namespace`],
      {
        cluster: clusterRef(cluster),
        mesh: spec.name,
        namespace: spec.istio.namespace,
        clusters: spec.clusters.map(clusterRef),
      },
    ),
  ];
}
