import { recordedPlan } from '../../mesh/plan/recorded-plan.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { planUndo } from '../../mesh/plan/undo-plan.ts';
import { sha256 } from '../attempt/sha256.ts';

/**
 * Plans what takes back an install that was canceled. It runs as an activity, so that the plan is recorded and a newer planner never changes
 * what is being taken back.
 *
 * Idempotent: it computes only.
 * Heartbeats: no; it takes milliseconds.
 * Fails with: nothing; the install that is taken back was planned from the same.
 */
export async function planUndoStep(input: StepInputs['planUndo']): Promise<StepOutcome> {
  const plan = planUndo(input, sha256);
  const count = plan.steps.length;
  return {
    changed: 0,
    summary: count === 0 ? 'nothing was made' : `${count} steps take back what was made`,
    plan: recordedPlan(plan),
  };
}
