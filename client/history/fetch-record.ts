import { WorkflowNotFoundError } from '@temporalio/client';
import type { TemporalAccess } from '../connection.ts';
import { withLimit } from '../connection.ts';
import type { HistoryEvent } from './decode.ts';
import type { Decision, OperationRecord } from './operation-record.ts';
import { readHistory, readStart } from './read-history.ts';

/** Number of temporal.api.enums.v1.HistoryEventFilterType.CLOSE_EVENT. */
const CLOSE_EVENT = 2;
/** Time limit of reading a whole history, in milliseconds; it may have thousands of events. */
const HISTORY_MS = 30_000;

/**
 * Reads the record of an operation from the histories of its runs, of which any may be named; null when it is none of ours.
 * Where it went on in several runs, the latest knows every step, and the ones before it what people decided.
 */
export async function fetchRecord(
  access: TemporalAccess,
  workflowId: string,
  runId: string,
): Promise<OperationRecord | null> {
  let last = runId;
  let events = await fetchEvents(access, workflowId, last);
  for (let next = nextRun(events); next !== null; next = nextRun(events)) {
    last = next;
    events = await fetchEvents(access, workflowId, last);
  }
  const record = readHistory(events, workflowId, last);
  if (record === null) return null;
  const before = await earlierDecisions(access, workflowId, events[0]);
  return { ...record, decisions: [...before, ...record.decisions] };
}

async function earlierDecisions(
  access: TemporalAccess,
  workflowId: string,
  first: HistoryEvent | undefined,
): Promise<Decision[]> {
  const decisions: Decision[] = [];
  let before = first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  while (before) {
    const events = await eventsIfKept(access, workflowId, before);
    decisions.unshift(...(readHistory(events, workflowId, before)?.decisions ?? []));
    before = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  }
  return decisions;
}

async function fetchEvents(
  access: TemporalAccess,
  workflowId: string,
  runId: string,
): Promise<HistoryEvent[]> {
  const handle = access.client.workflow.getHandle(workflowId, runId);
  const { events } = await withLimit(access, () => handle.fetchHistory(), HISTORY_MS);
  return events ?? [];
}

/** Temporal forgets closed runs after a time: what people decided in one that is gone is gone with it. */
async function eventsIfKept(
  access: TemporalAccess,
  workflowId: string,
  runId: string,
): Promise<HistoryEvent[]> {
  try {
    return await fetchEvents(access, workflowId, runId);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

function nextRun(events: readonly HistoryEvent[]): string | null {
  return events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId || null;
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
  return nextRun(history?.events ?? []);
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
