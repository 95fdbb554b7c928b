import type { UninstallInput, UninstallResult } from '../contract/messages.ts';
import { surveySteps } from '../mesh/plan/survey-steps.ts';
import { continueOperation } from './continue-operation.ts';
import { planAndRun } from './make-plan.ts';
import type { ProgressBoard } from './progress-board.ts';
import { RunIsFull } from './run-is-full.ts';
import { runOperation } from './run-operation.ts';

/**
 * Takes a mesh out of all its clusters. A step that needs a person waits for one; what another decision must cure (StillLinked, PlanChanged)
 * fails the workflow before anything is removed. Clusters that cannot be reached are left behind, and the state is `failed` then: the next uninstall
 * takes them up. Goes on in another run when the history of this one is full.
 *
 * Updates: `retry`, `skip`, `abort`, `pause`, `resume`, `cancel` · Queries: `progress`, `spec` · Undo: none; a canceled uninstall is resumed by uninstalling again.
 */
export function uninstallMesh(input: UninstallInput): Promise<UninstallResult> {
  const { spec, uninstall, confirmedDigest, carried } = input;
  return runOperation('uninstall', input, 'park', async (run) => {
    const { board } = run;
    try {
      const steps = surveySteps(spec, uninstall, confirmedDigest);
      const planDigest = await planAndRun(run, steps, carried, async (step) =>
        step.kind === 'releaseTrust'
          ? { ...step, input: { ...step.input, leftBehind: leftBehind(board) } }
          : step,
      );
      const left = leftBehind(board);
      if (left.length > 0) board.finish('failed');
      return { changed: board.changed(), planDigest, leftBehind: left };
    } catch (error) {
      if (error instanceof RunIsFull) return continueOperation(input, run);
      throw error;
    }
  });
}

/** Names of the clusters that something was left behind in. */
function leftBehind(board: ProgressBoard): string[] {
  const left = board.steps().filter(({ id }) => board.outcome(id)?.leftBehind !== undefined);
  return [...new Set(left.flatMap(({ cluster }) => cluster ?? []))];
}
