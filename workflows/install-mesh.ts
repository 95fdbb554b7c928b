import type { InstallInput, InstallResult } from '../contract/messages.ts';
import { carriedSteps } from '../contract/carried-install.ts';
import { continueInstall } from './continue-install.ts';
import { makePlan } from './make-plan.ts';
import { RunIsFull } from './run-is-full.ts';
import { runOperation } from './run-operation.ts';
import { resumePlan, runPlan } from './run-plan.ts';
import type { PlanRun } from './run-plan.ts';

/**
 * Installs a mesh, or brings it to what its file says now. A step that needs a person waits for one; only what another file
 * or another confirmation must cure (InvalidMeshSpec, PlanChanged) fails the workflow. Goes on in another run when the
 * history of this one is full.
 *
 * Updates: `retry` · Queries: `progress`, `spec` · Undo: none; a cancelled install is resumed by installing again.
 */
export function installMesh(input: InstallInput): Promise<InstallResult> {
  return runOperation('install', input, 'park', async (run) => {
    try {
      const planDigest = await install(run, input);
      return { changed: run.board.changed(), planDigest };
    } catch (error) {
      if (error instanceof RunIsFull) return continueInstall(input, run);
      throw error;
    }
  });
}

async function install(run: PlanRun, input: InstallInput): Promise<string> {
  const { spec, confirmedDigest, mayRemove = false, forget = [], carried } = input;
  if (carried !== undefined && carried.plan !== null) {
    run.board.planned(carried.plan);
    await resumePlan(run, carriedSteps(carried).open);
    return carried.plan.digest;
  }
  const plan = await makePlan(run, spec, { confirmedDigest, mayRemove, forget });
  run.board.planned(plan);
  await runPlan(run, plan.steps);
  return plan.digest;
}
