import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { WorkflowStartOptions } from '@temporalio/client';
import type { OperationKind } from '../contract/mesh-status.ts';
import { WORKFLOWS } from '../contract/messages.ts';
import type { InstallInput, PlanInput, UninstallInput, VerifyInput } from '../contract/messages.ts';
import { TASK_QUEUE } from '../contract/workflow-ids.ts';
import { workflowMetadata } from '../contract/workflow-metadata.ts';
import type { UninstallOptions } from '../mesh/plan/uninstall-options.ts';
import { ClientFailure } from './client-failure.ts';
import { withLimit } from './connection.ts';
import type { TemporalAccess } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { fetchStart } from './history/fetch-record.ts';
import { latestRun } from './history/find-operations.ts';
import type { Run } from './history/find-operations.ts';
import { refusePlainText } from './refuse-plain-text.ts';

/** What an operation is started with. */
export type OperationInput = InstallInput | UninstallInput | PlanInput | VerifyInput;

/** What runs under the id that an operation would take. */
export type RunningOperation = Run & {
  /** Its kind. */
  kind: OperationKind;
  /** Options of an uninstall, or of the plan of one; null for anything else. */
  uninstall: UninstallOptions | null;
  /** Digest of its spec; equal digests mean the same operation. */
  specDigest: string;
  /** Who started it. */
  by: string;
  /** Why; null when nobody said. */
  reason: string | null;
  /** ISO-8601. */
  startedAt: string;
};

/** The operation that runs under a workflow id at the moment; null when none does. */
export async function runningOperation(
  access: TemporalAccess,
  workflowId: string,
): Promise<RunningOperation | null> {
  const run = await latestRun(access, workflowId);
  if (run === null || !run.open) return null;
  const start = await fetchStart(access, run.workflowId, run.runId);
  if (start === null) {
    throw new ClientFailure(
      EXIT.failed,
      `workflow ${workflowId} runs and is not an operation of meshwright`,
      {
        cures: ['end it, or use another Temporal namespace'],
      },
    );
  }
  const { specDigest, by, reason, uninstall = null } = start.input;
  return { ...run, kind: start.kind, uninstall, specDigest, by, reason, startedAt: start.at };
}

/**
 * Starts an operation, unless one runs under its id: then that one is answered, and nothing was started.
 * @throws {PayloadKeysFailure} it would be readable in Temporal where the worker encrypts
 */
export async function startOperation(
  access: TemporalAccess,
  kind: OperationKind,
  workflowId: string,
  input: OperationInput,
  conflict: 'FAIL' | 'TERMINATE_EXISTING' = 'FAIL',
): Promise<{ started: Run } | { running: RunningOperation }> {
  await refusePlainText(access);
  const options: WorkflowStartOptions = {
    workflowId,
    taskQueue: TASK_QUEUE,
    workflowIdConflictPolicy: conflict,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [input],
    ...workflowMetadata(kind, input.spec, input),
  };
  for (;;) {
    try {
      const handle = await withLimit(access, () =>
        access.client.workflow.start(WORKFLOWS[kind], options),
      );
      return { started: { workflowId, runId: handle.firstExecutionRunId, open: true } };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const running = await runningOperation(access, workflowId);
      // it may have ended in between, and then there is nothing left in the way
      if (running !== null) return { running };
    }
  }
}
