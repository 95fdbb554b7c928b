import type { PlanInput, PlanResult } from '../contract/messages.ts';
import { recordedPlan } from '../mesh/plan/recorded-plan.ts';
import { makePlan } from './make-plan.ts';
import { runOperation } from './run-operation.ts';

/**
 * Plans an install for show and changes nothing. A refusal fails the workflow, once every cluster was looked at.
 *
 * Queries: `progress`, `spec` · Undo: nothing to undo.
 */
export function planMesh(input: PlanInput): Promise<PlanResult> {
  return runOperation('plan', input, 'fail', async (run) => ({
    plan: recordedPlan(
      await makePlan(run, input.spec, {
        confirmedDigest: null,
        mayRemove: true,
        forget: input.forget ?? [],
      }),
    ),
  }));
}
