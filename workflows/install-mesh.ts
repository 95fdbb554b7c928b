import type { InstallInput, InstallResult } from '../contract/messages.ts';
import { makePlan } from './make-plan.ts';
import { runOperation } from './run-operation.ts';
import { runPlan } from './run-plan.ts';

/**
 * Installs a mesh, or brings it to what its file says now. A step that needs a person waits for one; only what another file
 * or another confirmation must cure (InvalidMeshSpec, PlanChanged) fails the workflow.
 *
 * Updates: `retry` · Queries: `progress`, `spec` · Undo: none; a cancelled install is resumed by installing again.
 */
export function installMesh(input: InstallInput): Promise<InstallResult> {
  return runOperation('install', input, 'park', async (run) => {
    const { spec, confirmedDigest, mayRemove = false, forget = [] } = input;
    const plan = await makePlan(run, spec, { confirmedDigest, mayRemove, forget });
    run.board.planned(plan);
    await runPlan(run, plan.steps);
    return { changed: run.board.changed(), planDigest: plan.digest };
  });
}
