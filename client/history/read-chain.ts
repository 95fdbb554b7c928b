import type { HistoryEvent } from './decode.ts';
import type { OperationRecord } from './operation-record.ts';
import { readHistory } from './read-history.ts';

/** One run of an operation with everything that Temporal has of it. */
export type OperationRun = {
  /** Workflow id. */
  workflowId: string;
  /** Run id. */
  runId: string;
  /** Its events in their order. */
  events: readonly HistoryEvent[];
};

/** Reads the events of a run; none of one that is not kept any more. */
export type ReadEvents = (workflowId: string, runId: string) => Promise<readonly HistoryEvent[]>;

/** Reads all runs in which an operation went on, of which any may be named; the first one that is kept comes first. */
export async function readChain(
  read: ReadEvents,
  workflowId: string,
  runId: string,
): Promise<OperationRun[]> {
  const runOf = async (id: string): Promise<OperationRun> => ({
    workflowId,
    runId: id,
    events: await read(workflowId, id),
  });
  const chain = [await runOf(runId)];
  for (let next = nextRun(chain); next !== null; next = nextRun(chain))
    chain.push(await runOf(next));
  for (let before = runBefore(chain); before !== null; before = runBefore(chain)) {
    const run = await runOf(before);
    // Temporal forgets closed runs after a time.
    if (run.events.length === 0) break;
    chain.unshift(run);
  }
  return chain;
}

/** The record of an operation from all its runs: the latest knows every step, and the ones before it what people decided. Null when it is none of ours. */
export function recordOfChain(chain: readonly OperationRun[]): OperationRecord | null {
  const records = chain.map(({ events, workflowId, runId }) =>
    readHistory(events, workflowId, runId),
  );
  const last = records.at(-1);
  if (last == null) return null;
  return { ...last, decisions: records.flatMap((record) => record?.decisions ?? []) };
}

/** In which run an operation goes on when these events end by that; null when they do not. */
export function nextRunOf(events: readonly HistoryEvent[]): string | null {
  return events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId || null;
}

function nextRun(chain: readonly OperationRun[]): string | null {
  return nextRunOf(chain.at(-1)?.events ?? []);
}

function runBefore([first]: readonly OperationRun[]): string | null {
  return first?.events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || null;
}
