import type { TemporalAccess } from '../connection.ts';
import { eventsFrom } from './fetch-record.ts';
import type { Run } from './find-operations.ts';
import { readChain } from './read-chain.ts';
import type { OperationRun } from './read-chain.ts';

/** Histories that are read at once. */
const AT_ONCE = 4;

/** Reads the operations that runs belong to with all their runs, in the order of the runs, a few at a time; each one once. */
export async function* fetchOperations(
  access: TemporalAccess,
  runs: readonly Pick<Run, 'workflowId' | 'runId'>[],
): AsyncGenerator<OperationRun[]> {
  const known = new Set<string>();
  for (let at = 0; at < runs.length; at += AT_ONCE) {
    const chains = await Promise.all(
      runs
        .slice(at, at + AT_ONCE)
        .filter(({ runId }) => !known.has(runId))
        .map(({ workflowId, runId }) => readChain(eventsFrom(access, runId), workflowId, runId)),
    );
    for (const chain of chains) {
      if (chain.some(({ runId }) => known.has(runId))) continue;
      for (const { runId } of chain) known.add(runId);
      yield chain;
    }
  }
}
