import type { MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { PlanStep } from './plan.ts';
import type { StepInputs } from './step-inputs.ts';

/** Id of the step that sends real requests between all clusters. */
export const VERIFY_STEP_ID = 'mesh/verify-traffic';

/**
 * The one step of a verification on its own. It keeps no record in the clusters: only an install knows that what it
 * verified is what the digest says. Runs inside the workflow, so nothing it imports may import zod or yaml.
 */
export function verifySteps(spec: MeshSpec, specDigest: string): PlanStep[] {
  return [verifyStep({ ...verifyTrafficInput(spec, specDigest), recordIn: [] }, [], 'always')];
}

/** Input of verifyTraffic after an install: success is recorded in every cluster, where precheck reads it again. */
export function verifyTrafficInput(
  spec: MeshSpec,
  specDigest: string,
): StepInputs['verifyTraffic'] {
  return {
    mesh: spec.name,
    clusters: spec.clusters.map(clusterRef),
    namespace: spec.istio.namespace,
    revision: spec.istio.revision,
    image: spec.verify.image,
    requests: spec.verify.requests,
    limitMs: spec.timeouts.verifyMs,
    ...(spec.topology === 'replicated'
      ? { replicated: true }
      : {
          networks: Object.fromEntries(spec.clusters.map(({ name, network }) => [name, network])),
        }),
    specDigest,
    recordIn: spec.clusters.map(clusterRef),
  };
}

/** The step around an input of verifyTraffic. */
export function verifyStep(
  input: StepInputs['verifyTraffic'],
  needs: string[],
  when: PlanStep['when'],
): PlanStep {
  return {
    id: VERIFY_STEP_ID,
    kind: 'verifyTraffic',
    cluster: null,
    title: 'traffic',
    needs,
    when,
    input,
  };
}
