import { WorkflowNotFoundError } from '@temporalio/client';
import { decodePayloads } from '../../codec/decode-payloads.ts';
import type { TemporalAccess } from '../connection.ts';
import { withLimit } from '../connection.ts';
import type { HistoryEvent } from './decode.ts';
import type { OperationRecord } from './operation-record.ts';
import { nextRunOf, readChain, recordOfChain } from './read-chain.ts';
import type { ReadEvents } from './read-chain.ts';
import { readStart } from './read-history.ts';

/** Number of temporal.api.enums.v1.HistoryEventFilterType.CLOSE_EVENT. */
const CLOSE_EVENT = 2;
/** Time limit of reading a whole history, in milliseconds; it may have thousands of events. */
const HISTORY_MS = 30_000;

/** Reads the record of an operation from the histories of its runs, of which any may be named; null when it is none of ours. */
export async function fetchRecord(
  access: TemporalAccess,
  workflowId: string,
  runId: string,
): Promise<OperationRecord | null> {
  return recordOfChain(await readChain(eventsFrom(access, runId), workflowId, runId));
}

/** Reads events from Temporal. The named run must be there; others of its operation may be forgotten. */
export function eventsFrom(access: TemporalAccess, named: string): ReadEvents {
  return async (workflowId, runId) => {
    try {
      return await fetchEvents(access, workflowId, runId);
    } catch (error) {
      if (runId !== named && error instanceof WorkflowNotFoundError) return [];
      throw error;
    }
  };
}

/** Reads the events of one run, payloads decoded. */
export async function fetchEvents(
  access: TemporalAccess,
  workflowId: string,
  runId: string,
): Promise<HistoryEvent[]> {
  const handle = access.client.workflow.getHandle(workflowId, runId);
  const { events } = await withLimit(access, () => handle.fetchHistory(), HISTORY_MS);
  return decodePayloads(access.codec, events ?? []);
}

/** Reads in which run an operation goes on when this one ended by that; null when it did not. */
export async function fetchNextRun(
  access: TemporalAccess,
  workflowId: string,
  runId: string,
): Promise<string | null> {
  const { history } = await withLimit(access, () =>
    access.connection.workflowService.getWorkflowExecutionHistory({
      namespace: access.target.namespace,
      execution: { workflowId, runId },
      historyEventFilterType: CLOSE_EVENT,
    }),
  );
  return nextRunOf(history?.events ?? []);
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
  return readStart((await decodePayloads(access.codec, history?.events ?? []))[0]);
}
