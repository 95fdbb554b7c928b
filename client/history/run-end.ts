import type { OperationKind, OperationState } from '../../contract/mesh-status.ts';
import type { UninstallResult, VerifyResult } from '../../contract/messages.ts';
import { firstOf, readFailure } from './decode.ts';
import type { HistoryEvent } from './decode.ts';
import type { OperationRecord, RecordedFailure } from './operation-record.ts';

/** How a run of an operation ended. */
export type RunEnd = {
  /** `failed` also for a verification with bad pairs, and for an uninstall that left clusters behind. */
  state: OperationState;
  /** ISO-8601. */
  at: string;
  /** Why it failed; null when it did not, and when its result says it. */
  failure: RecordedFailure | null;
  /** Matrix of a verification; null for other kinds. */
  report: OperationRecord['report'];
};

/** Reads from an event, of an ISO-8601 time, how its run ended; null when it did not. */
export function runEnd(kind: OperationKind, event: HistoryEvent, at: string): RunEnd | null {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed)
    return withResult(kind, firstOf<VerifyResult & UninstallResult>(completed.result), at);
  if (event.workflowExecutionCanceledEventAttributes)
    return { state: 'canceled', at, failure: null, report: null };
  const failure = failureOf(event);
  return failure === null ? null : { state: 'failed', at, failure, report: null };
}

function withResult(
  kind: OperationKind,
  result: Partial<VerifyResult & UninstallResult> | undefined,
  at: string,
): RunEnd {
  const report = kind === 'verify' ? (result?.report ?? null) : null;
  const leftBehind = kind === 'uninstall' ? (result?.leftBehind ?? []) : [];
  const isBad = report?.ok === false || leftBehind.length > 0;
  return { state: isBad ? 'failed' : 'succeeded', at, failure: null, report };
}

function failureOf(event: HistoryEvent): RecordedFailure | null {
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) return readFailure(failed.failure);
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated) {
    const who = terminated.identity || 'unknown';
    const message = `terminated by ${who}: ${terminated.reason || 'no reason given'}`;
    return { type: 'Terminated', message, cure: null, lines: [] };
  }
  if (!event.workflowExecutionTimedOutEventAttributes) return null;
  const message = 'the workflow reached its own time limit';
  return { type: 'TimedOut', message, cure: null, lines: [] };
}
