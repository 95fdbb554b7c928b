import type { VerifyInput, VerifyResult } from '../contract/messages.ts';
import type { VerifyReport } from '../mesh/plan/verify-report.ts';
import { VERIFY_STEP_ID, verifySteps } from '../mesh/plan/verify-plan.ts';
import { runOperation } from './run-operation.ts';
import { runPlan } from './run-plan.ts';

/**
 * Verifies a mesh by traffic and answers with the whole matrix, whether every pair is ok or not; the state of the operation is
 * `failed` when one is not. Trouble that keeps the requests from being sent fails the workflow.
 *
 * Queries: `progress`, `spec` · Undo: nothing to undo, the step removes what it made.
 */
export function verifyMesh(input: VerifyInput): Promise<VerifyResult> {
  return runOperation('verify', input, 'fail', async (run) => {
    await runPlan(run, verifySteps(input.spec, input.specDigest));
    const pairs = run.board.outcome(VERIFY_STEP_ID)?.pairs ?? [];
    const report: VerifyReport = {
      apiVersion: 'meshwright.dev/v1alpha1',
      kind: 'VerifyReport',
      mesh: input.spec.name,
      ok: pairs.length > 0 && pairs.every((pair) => pair.ok),
      pairs,
    };
    if (!report.ok) run.board.finish('failed');
    return { report };
  });
}
