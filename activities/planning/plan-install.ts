import { planInstall } from '../../mesh/plan/install-plan.ts';
import { recordedPlan } from '../../mesh/plan/recorded-plan.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { sha256 } from '../attempt/sha256.ts';

/**
 * Turns the mesh file and what the prechecks read into the plan that follows. It runs as an activity, so that the plan is recorded and a
 * newer planner never changes a running install.
 *
 * Idempotent: it computes only.
 * Heartbeats: no; it takes milliseconds.
 * Fails with: TrustMismatch, PrecheckFailed, PlanChanged, InvalidMeshSpec.
 */
export async function planInstallStep({
  spec,
  facts,
  confirmedDigest,
  mayRemove = false,
  forget = [],
  remembered = [],
  away = [],
}: StepInputs['planInstall']): Promise<StepOutcome> {
  const plan = planInstall(spec, facts, sha256, {
    confirmedDigest,
    mayRemove,
    forget,
    remembered,
    away,
  });
  return {
    changed: 0,
    summary: `plan ${plan.digest}, ${plan.steps.length} steps`,
    plan: recordedPlan(plan),
  };
}
