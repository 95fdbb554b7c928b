import { carriedSteps } from '../contract/carried-install.ts';
import type { CarriedInstall } from '../contract/carried-install.ts';
import type { Plan, PlanStep } from '../mesh/plan/plan.ts';
import { PLAN_STEP_ID } from '../mesh/plan/precheck-steps.ts';
import { planOfRecord } from '../mesh/plan/recorded-plan.ts';
import { resumePlan, runPlan } from './run-plan.ts';
import type { PlanRun, PrepareStep } from './run-plan.ts';

/**
 * Looks at every cluster and plans from what was read: the only place where outcomes feed a later input. Planning again
 * looks again, for what was read before a person repaired a cluster is no longer true. The last of the steps plans.
 * @throws {OperationFailed} as runPlan, PlanChanged when the plan is not the confirmed one
 */
export async function makePlan(run: PlanRun, steps: readonly PlanStep[]): Promise<Plan> {
  const looks = steps.filter(({ id }) => id !== PLAN_STEP_ID);
  const begin = run.board.step(PLAN_STEP_ID) === undefined ? runPlan : resumePlan;
  await begin(run, steps, async (step, round) => {
    if (step.id !== PLAN_STEP_ID) return step;
    if (round > 1) await runPlan(run, outdated(run, looks));
    return withWhatWasRead(run, looks, step);
  });
  const plan = run.board.outcome(PLAN_STEP_ID)?.plan;
  if (plan === undefined) throw new Error(`${PLAN_STEP_ID} reported no plan`);
  return planOfRecord(plan);
}

/**
 * Plans and does what was planned, or what an earlier run of the operation left of it, and answers the digest of the plan.
 * @throws {OperationFailed} and {RunIsFull} as runPlan
 */
export async function planAndRun(
  run: PlanRun,
  steps: readonly PlanStep[],
  carried: CarriedInstall | undefined,
  prepare?: PrepareStep,
): Promise<string> {
  if (carried !== undefined && carried.plan !== null) {
    run.board.planned(carried.plan);
    await resumePlan(run, carriedSteps(carried).open, prepare);
    return carried.plan.digest;
  }
  const plan = await makePlan(run, steps);
  run.board.planned(plan);
  await runPlan(run, plan.steps, prepare);
  return plan.digest;
}

/** Looks that are older than the decision to plan again; a run before this one may have begun with them. */
export function outdated({ board }: PlanRun, looks: readonly PlanStep[]): PlanStep[] {
  const asked = board.step(PLAN_STEP_ID)?.lastRetry?.at ?? '';
  return looks.filter(({ id }) => (board.step(id)?.finishedAt ?? '') <= asked);
}

/** A planning step with what the looks reported. */
export function withWhatWasRead(
  { board }: PlanRun,
  looks: readonly PlanStep[],
  step: PlanStep,
): PlanStep {
  const outcomes = looks.flatMap(({ id }) => board.outcome(id) ?? []);
  switch (step.kind) {
    case 'planInstall':
      return {
        ...step,
        input: { ...step.input, facts: outcomes.flatMap(({ facts = [] }) => facts) },
      };
    case 'planUninstall':
      return {
        ...step,
        input: { ...step.input, surveys: outcomes.flatMap(({ survey = [] }) => survey) },
      };
    default:
      return step;
  }
}
