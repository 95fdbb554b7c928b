import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';

/** One run of an operation that may have gone on in several. */
export type ChainRun = {
  /** Run id. */
  runId: string;
  /** Its events. */
  events: NonNullable<History['events']>;
};

/** The runs of a chain, from any run on to its last. */
export async function runsFrom(
  client: Client,
  workflowId: string,
  first: string,
): Promise<ChainRun[]> {
  const runs: ChainRun[] = [];
  let runId: string | null | undefined = first;
  while (typeof runId === 'string') {
    const history: History = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const events = history.events ?? [];
    runs.push({ runId, events });
    runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}
