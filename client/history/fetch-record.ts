import type { TemporalAccess } from '../connection.ts';
import { withLimit } from '../connection.ts';
import type { OperationRecord } from './operation-record.ts';
import { readHistory, readStart } from './read-history.ts';

/** Time limit of reading a whole history, in milliseconds; it may have thousands of events. */
const HISTORY_MS = 30_000;

/** Reads the record of a run from its history; null when it is no operation of ours. */
export async function fetchRecord(
  access: TemporalAccess,
  workflowId: string,
  runId: string,
): Promise<OperationRecord | null> {
  const handle = access.client.workflow.getHandle(workflowId, runId);
  const { events } = await withLimit(access, () => handle.fetchHistory(), HISTORY_MS);
  return readHistory(events ?? [], workflowId, runId);
}

/** Reads what a run was started with, from its first event alone; null when it is no operation of ours. */
export async function fetchStart(
  access: TemporalAccess,
  workflowId: string,
  runId: string,
): Promise<ReturnType<typeof readStart>> {
  const { history } = await withLimit(access, () =>
    access.connection.workflowService.getWorkflowExecutionHistory({
      namespace: access.target.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    }),
  );
  return readStart(history?.events?.[0]);
}
