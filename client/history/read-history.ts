import type { OperationKind } from '../../contract/mesh-status.ts';
import { WORKFLOWS } from '../../contract/messages.ts';
import { firstOf, isoTime } from './decode.ts';
import type { HistoryEvent } from './decode.ts';
import { HistoryFold } from './history-fold.ts';
import type { StartedInput } from './history-fold.ts';
import type { OperationRecord } from './operation-record.ts';

/**
 * Reads what happened in one run from its events, without asking the workflow: works for closed runs and without a worker.
 * Null when the events are not those of an operation of ours. Of an operation that went on in several runs, the latest tells how
 * every step stands, and `decisions` are those of this run.
 */
export function readHistory(
  events: readonly HistoryEvent[],
  workflowId: string,
  runId: string,
): OperationRecord | null {
  const started = readStart(events[0]);
  if (started === null) return null;
  const fold = new HistoryFold(started.kind, started.input, started.at);
  for (const event of events) fold.take(event);
  return fold.record(workflowId, runId);
}

/** What a run was started with, from its first event, and when its operation was; null when it is none of ours. */
export function readStart(
  first: HistoryEvent | undefined,
): { kind: OperationKind; input: StartedInput; at: string } | null {
  const attributes = first?.workflowExecutionStartedEventAttributes;
  const kinds: readonly OperationKind[] = ['install', 'uninstall', 'verify', 'plan'];
  const kind = kinds.find((known) => WORKFLOWS[known] === attributes?.workflowType?.name);
  const input = firstOf<StartedInput>(attributes?.input);
  const at = input?.carried?.startedAt ?? isoTime(first?.eventTime);
  return kind === undefined || input === undefined || at === null ? null : { kind, input, at };
}
