import { recordedPlan } from '../../mesh/plan/recorded-plan.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { planUninstall } from '../../mesh/plan/uninstall-plan.ts';
import { sha256 } from '../attempt/sha256.ts';

/**
 * Turns the mesh file and what the surveys read into the plan of an uninstall. It runs as an activity, so that the plan is recorded and a newer
 * planner never changes a running uninstall.
 *
 * Idempotent: it computes only.
 * Heartbeats: no; it takes milliseconds.
 * Fails with: InvalidMeshSpec, StillLinked, PlanChanged.
 */
export async function planUninstallStep({
  spec,
  surveys,
  options,
  confirmedDigest,
}: StepInputs['planUninstall']): Promise<StepOutcome> {
  const plan = planUninstall(spec, surveys, sha256, options, confirmedDigest);
  return {
    changed: 0,
    summary: `plan ${plan.digest}, ${plan.steps.length} steps`,
    plan: recordedPlan(plan),
  };
}
