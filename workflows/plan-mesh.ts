import type { PlanInput, PlanResult } from '../contract/messages.ts';
import { recordedPlan } from '../mesh/plan/recorded-plan.ts';
import { precheckSteps } from '../mesh/plan/precheck-steps.ts';
import { surveySteps } from '../mesh/plan/survey-steps.ts';
import { makePlan } from './make-plan.ts';
import { runOperation } from './run-operation.ts';

/**
 * Plans an install or an uninstall for show and changes nothing. A refusal fails the workflow, once every cluster was looked at.
 *
 * Queries: `progress`, `spec` · Undo: nothing to undo.
 */
export function planMesh(input: PlanInput): Promise<PlanResult> {
  const { spec, uninstall, forget = [], remembered = [] } = input;
  const steps =
    uninstall === undefined
      ? precheckSteps(spec, { confirmedDigest: null, mayRemove: true, forget, remembered })
      : surveySteps(spec, uninstall);
  return runOperation('plan', input, 'fail', async (run) => ({
    plan: recordedPlan(await makePlan(run, steps)),
  }));
}
