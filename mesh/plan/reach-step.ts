import type { ClusterSpec, MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { PlanStep } from './plan.ts';
import { step } from './step.ts';

/** The step that finds out whether a cluster still answers. Runs inside the workflow, so nothing it imports may import zod or yaml. */
export function reachStep(cluster: ClusterSpec): PlanStep {
  return step('reachCluster', cluster.name, 'reach', 'reach the API server', [], {
    cluster: clusterRef(cluster),
  });
}

/** The step of that kind and id; undefined when it is another, or of a cluster that is not in the file. */
export function reachStepOf(
  { clusters }: MeshSpec,
  kind: string,
  id: string,
): PlanStep | undefined {
  return clusters.map(reachStep).find((reach) => reach.kind === kind && reach.id === id);
}
