import type { InstallInput } from '../contract/messages.ts';
import type { ClusterFacts } from '../mesh/plan/cluster-facts.ts';
import type { Plan, PlanStep } from '../mesh/plan/plan.ts';
import { PLAN_STEP_ID, precheckSteps } from '../mesh/plan/precheck-steps.ts';
import { planOfRecord } from '../mesh/plan/recorded-plan.ts';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';
import { resumePlan, runPlan } from './run-plan.ts';
import type { PlanRun } from './run-plan.ts';

/**
 * Prechecks every cluster and plans from what was read: the only place where outcomes feed a later input. Planning again
 * prechecks again, for what was read before a person repaired a cluster is no longer true.
 * @throws {OperationFailed} as runPlan, PlanChanged when the plan is not the confirmed one
 */
export async function makePlan(
  run: PlanRun,
  spec: MeshSpec,
  consent: Pick<InstallInput, 'confirmedDigest' | 'mayRemove' | 'forget'>,
): Promise<Plan> {
  const steps = precheckSteps(spec, consent);
  const prechecks = steps.filter((step) => step.kind === 'precheck');
  const begin = run.board.step(PLAN_STEP_ID) === undefined ? runPlan : resumePlan;
  await begin(run, steps, async (step, round) => {
    if (step.kind !== 'planInstall') return step;
    if (round > 1) await runPlan(run, outdated(run, prechecks));
    return { ...step, input: { ...step.input, facts: factsOf(run, prechecks) } };
  });
  const plan = run.board.outcome(PLAN_STEP_ID)?.plan;
  if (plan === undefined) throw new Error(`${PLAN_STEP_ID} reported no plan`);
  return planOfRecord(plan);
}

/** Prechecks that are older than the decision to plan again; a run before this one may have begun with them. */
function outdated({ board }: PlanRun, prechecks: readonly PlanStep[]): PlanStep[] {
  const asked = board.step(PLAN_STEP_ID)?.lastRetry?.at ?? '';
  return prechecks.filter(({ id }) => (board.step(id)?.finishedAt ?? '') <= asked);
}

function factsOf({ board }: PlanRun, prechecks: readonly PlanStep[]): ClusterFacts[] {
  return prechecks.flatMap((step) => board.outcome(step.id)?.facts ?? []);
}
