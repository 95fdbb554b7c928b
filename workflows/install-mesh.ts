import { isCancellation } from '@temporalio/workflow';
import type { InstallInput, InstallResult } from '../contract/messages.ts';
import type { PlanStep } from '../mesh/plan/plan.ts';
import { precheckSteps } from '../mesh/plan/precheck-steps.ts';
import { continueOperation } from './continue-operation.ts';
import { installAround } from './quarantine.ts';
import { RunIsFull } from './run-is-full.ts';
import { runOperation } from './run-operation.ts';
import type { ProgressBoard } from './progress-board.ts';
import type { PlanRun } from './run-plan.ts';
import { isToBeUndone, undoInstall } from './undo-install.ts';

/**
 * Installs a mesh, or brings it to what its file says now. A step that needs a person waits for one; only what another file
 * or another confirmation must cure (InvalidMeshSpec, PlanChanged) fails the workflow. Clusters that
 * do not answer are set aside and attached when they are back. Goes on in another run when the
 * history of this one is full.
 *
 * Updates: `retry`, `skip`, `abort`, `pause`, `resume`, `cancel` · Queries: `progress`, `spec` · Undo: `cancel` with `undo` takes back what it made; any other
 * cancelled install is resumed by installing again.
 */
export function installMesh(input: InstallInput): Promise<InstallResult> {
  return runOperation('install', input, 'park', async (run) => {
    if (isToBeUndone(run)) return undoInstall(run, input);
    try {
      const planDigest = await install(run, input);
      return { changed: run.board.changed(), planDigest };
    } catch (error) {
      if (isCancellation(error) && isToBeUndone(run)) return undoInstall(run, input);
      if (error instanceof RunIsFull) return continueOperation(input, run);
      throw error;
    }
  });
}

async function install(run: PlanRun, input: InstallInput): Promise<string> {
  const { spec, confirmedDigest, mayRemove = false, forget = [], remembered = [] } = input;
  const steps = precheckSteps(spec, { confirmedDigest, mayRemove, forget, remembered });
  return installAround(run, steps, input, async (step) =>
    step.kind === 'recordMesh' ? rememberingLeft(step, run.board) : step,
  );
}

/** Clusters whose removal a person skipped are remembered on, so that the next install finds them. */
function rememberingLeft(
  step: Extract<PlanStep, { kind: 'recordMesh' }>,
  board: ProgressBoard,
): PlanStep {
  const { record } = step.input;
  const left = board.steps().flatMap(({ id }) => board.outcome(id)?.leftBehind ?? []);
  const missing = left.filter(({ cluster }) =>
    record.members.every(({ name }) => name !== cluster.name),
  );
  if (missing.length === 0) return step;
  const members = [
    ...record.members,
    ...missing.map(({ cluster, uid }) => ({ ...cluster, uid: uid ?? '' })),
  ];
  return { ...step, input: { ...step.input, record: { ...record, members } } };
}
