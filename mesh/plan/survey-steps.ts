import type { MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { PlanStep } from './plan.ts';
import { PLAN_STEP_ID } from './precheck-steps.ts';
import type { UninstallOptions } from './uninstall-options.ts';

/** Longest time that a cluster which cannot be reached holds up the plan, in milliseconds: its removal is tried for longer, beside all others. */
const LOOKED_FOR_MS = 15_000;

/**
 * The steps before there is a plan of an uninstall: `<cluster>/survey` for every cluster, then `mesh/plan`, which needs all of them.
 * `surveys` of the last step's input is empty: the executor fills in what the surveys report.
 * Runs inside the workflow, so nothing it imports may import zod or yaml.
 */
export function surveySteps(
  spec: MeshSpec,
  options: UninstallOptions,
  confirmedDigest: string | null = null,
): PlanStep[] {
  const looked = spec.clusters.filter(({ name }) => !options.forget.includes(name));
  const members = spec.clusters.map(({ name }) => name);
  const surveys = looked.map((cluster): PlanStep => ({
    id: `${cluster.name}/survey`,
    kind: 'surveyCluster',
    cluster: cluster.name,
    title: 'survey',
    needs: [],
    when: 'always',
    input: {
      cluster: clusterRef(cluster),
      mesh: spec.name,
      namespace: spec.istio.namespace,
      revision: spec.istio.revision,
      members,
      crds: options.crds,
      limitMs: Math.min(LOOKED_FOR_MS, options.leaveAfterMs),
    },
  }));
  return [
    ...surveys,
    {
      id: PLAN_STEP_ID,
      kind: 'planUninstall',
      cluster: null,
      title: 'plan',
      needs: surveys.map(({ id }) => id),
      when: 'always',
      input: { spec, surveys: [], options, confirmedDigest },
    },
  ];
}
