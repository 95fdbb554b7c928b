import type { MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { PlanStep } from './plan.ts';
import type { StepInputs } from './step-inputs.ts';

/** Id of the step whose outcome carries the plan. */
export const PLAN_STEP_ID = 'mesh/plan';

/**
 * The steps before there is a plan: `<cluster>/precheck` for every cluster, then `mesh/plan`, which needs all of them.
 * `facts` of the last step's input is empty: the executor fills in what the prechecks report.
 * Runs inside the workflow, so nothing it imports may import zod or yaml.
 */
export function precheckSteps(
  spec: MeshSpec,
  consent: Omit<StepInputs['planInstall'], 'spec' | 'facts'> = { confirmedDigest: null },
): PlanStep[] {
  const members = spec.clusters.map((cluster) => cluster.name);
  const prechecks = spec.clusters.map((cluster): PlanStep => ({
    id: `${cluster.name}/precheck`,
    kind: 'precheck',
    cluster: cluster.name,
    title: 'precheck',
    needs: [],
    when: 'always',
    input: {
      cluster: clusterRef(cluster),
      mesh: spec.name,
      istioVersion: spec.istio.version,
      namespace: spec.istio.namespace,
      revision: spec.istio.revision,
      role: cluster.controlPlane.kind,
      apiServer: cluster.apiServer,
      members,
      nameResolution: spec.nameResolution,
      topology: spec.topology,
    },
  }));
  return [
    ...prechecks,
    {
      id: PLAN_STEP_ID,
      kind: 'planInstall',
      cluster: null,
      title: 'plan',
      needs: prechecks.map((step) => step.id),
      when: 'always',
      input: { spec, facts: [], ...consent },
    },
  ];
}
