import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { isFailureType } from '../../mesh/failure.ts';
import type { FailureDetails } from '../../mesh/failure.ts';
import type { RecordedFailure } from './operation-record.ts';

/** One event of a history, as Temporal's API has it. */
export type HistoryEvent = NonNullable<History['events']>[number];

type Payloads = NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>['input'];

/** A failure, as Temporal's API has it. */
export type TemporalFailure = NonNullable<
  NonNullable<HistoryEvent['activityTaskFailedEventAttributes']>['failure']
>;

/** The first of some payloads as plain JSON; undefined when there is none. */
export function firstOf<T>(payloads: Payloads): T | undefined {
  const payload = payloads?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<T>(payload) : undefined;
}

/** A time of Temporal's API in ISO-8601; null when there is none. */
export function isoTime(time: HistoryEvent['eventTime']): string | null {
  if (!time) return null;
  // seconds are a number or an object of the long package, by what protobufjs finds when it is loaded
  const ms = Number(String(time.seconds ?? 0)) * 1000 + (time.nanos ?? 0) / 1e6;
  return new Date(ms).toISOString();
}

/** Reads a failure down to what a person should know; the outermost one that says more than that an activity failed. */
export function readFailure(failure: TemporalFailure | null | undefined): RecordedFailure {
  if (failure?.activityFailureInfo && failure.cause) return readFailure(failure.cause);
  const details = firstOf<FailureDetails>(failure?.applicationFailureInfo?.details) ?? {};
  return {
    ...whatFailed(failure),
    cure: details.cure ?? null,
    lines: details.lines ?? [],
    ...(details.changes === undefined ? {} : { changes: details.changes }),
  };
}

/** Number of temporal.api.enums.v1.TimeoutType.HEARTBEAT. */
const HEARTBEAT = 4;
/** What Temporal's worker reports of attempts that it had to leave when it was stopped (sdk-core, `worker/activities.rs`). */
const SHUTDOWN = 'WorkerShutdown';

function whatFailed(
  failure: TemporalFailure | null | undefined,
): Pick<RecordedFailure, 'type' | 'message'> {
  const { applicationFailureInfo, timeoutFailureInfo, message } = failure ?? {};
  const type = applicationFailureInfo?.type;
  if (type === SHUTDOWN)
    return { type, message: 'its worker was stopped; another attempt takes over' };
  if (Number(timeoutFailureInfo?.timeoutType) === HEARTBEAT)
    return { type: 'TimedOut', message: 'its worker went away; another attempt takes over' };
  return {
    type: isFailureType(type) ? type : 'Unexpected',
    message: timeoutFailureInfo ? `timed out: ${message}` : (message ?? 'unknown failure'),
  };
}
