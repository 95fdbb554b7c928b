import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import { carriedSteps } from '../contract/carried-install.ts';
import type { InstallInput } from '../contract/messages.ts';
import type { ClusterFacts } from '../mesh/plan/cluster-facts.ts';
import { UNDO_PLAN_ID, undoPlanStep } from '../mesh/plan/undo-plan-step.ts';
import { planOfRecord } from '../mesh/plan/recorded-plan.ts';
import { cancelSelf } from './cancel-self.ts';
import { continueOperation } from './continue-operation.ts';
import { resumePlan, runPlan } from './run-plan.ts';
import type { PlanRun } from './run-plan.ts';
import { RunIsFull } from './run-is-full.ts';

/** Whether a person canceled the operation and wants it taken back. */
export function isToBeUndone({ board }: PlanRun): boolean {
  return board.decisions.holds.canceled?.undo === true;
}

/**
 * Takes back what an install made that a person canceled so; whatever it had under way has stopped by then. Its steps are retried, blocked and skipped as
 * any others. Goes on in another run when the history of this one is full.
 * @throws {CancelledFailure} when all is taken back
 * @throws {OperationAborted} when a person gave it up
 */
export function undoInstall(run: PlanRun, input: InstallInput): Promise<never> {
  return CancellationScope.nonCancellable(async () => {
    try {
      await takeBack(run, input);
    } catch (error) {
      if (error instanceof RunIsFull) return continueOperation(input, run);
      throw error;
    }
    // The request to cancel came to the run in which it was decided; in a later one Temporal does not know of it.
    cancelSelf();
    throw new CancelledFailure('canceled, and taken back');
  });
}

async function takeBack(run: PlanRun, input: InstallInput): Promise<void> {
  const { board } = run;
  const { spec, forget = [], remembered = [], carried } = input;
  if (!board.isFinished(UNDO_PLAN_ID)) {
    const facts = whatWasThere(run);
    const begun = board.steps().flatMap(({ id }) => (board.rounds(id) > 0 ? [id] : []));
    // Before there is a plan nothing was made.
    board.giveUpBlocked();
    if (board.plan() === null) return;
    await runPlan(run, [undoPlanStep({ spec, facts, forget, remembered, begun })]);
    const plan = board.outcome(UNDO_PLAN_ID)?.plan;
    if (plan === undefined) throw new Error(`${UNDO_PLAN_ID} reported no plan`);
    return runPlan(run, planOfRecord(plan).steps);
  }
  const open = carried === undefined ? [] : carriedSteps(carried).open;
  return resumePlan(
    run,
    open.filter(({ id }) => isUndoStep(id)),
  );
}

/** What was read from clusters before anything was made in them; nothing was in those that were away. */
function whatWasThere({ board }: PlanRun): ClusterFacts[] {
  const before = new Map(board.away.before.map((facts) => [facts.cluster, facts]));
  const read = board.steps().flatMap(({ id }) => board.outcome(id)?.facts ?? []);
  return read.flatMap((facts) => {
    const isAway = board.away.since(facts.cluster) !== undefined;
    return before.get(facts.cluster) ?? (isAway ? [] : facts);
  });
}

/** Steps that take back have names of their own, see mesh/plan/undo-steps. */
function isUndoStep(id: string): boolean {
  return id.split('/')[1]?.startsWith('undo-') === true;
}
