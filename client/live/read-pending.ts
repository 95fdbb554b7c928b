import type { WorkflowExecutionDescription } from '@temporalio/client';
import { stepOfActivity } from '../../contract/activity-ids.ts';
import type { ActivityPause, ClosedExecution } from '../../contract/merge-status.ts';
import type { StepHeartbeat } from '../../contract/step-activities.ts';
import { firstOf, isoTime, readFailure } from '../history/decode.ts';
import type { PendingActivity } from './snapshot.ts';

type RawPending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Number of temporal.api.enums.v1.PendingActivityState.SCHEDULED. */
const SCHEDULED = 1;
/** Number of temporal.api.enums.v1.PendingActivityState.PAUSED: paused between two attempts. */
const PAUSED = 4;
/** Number of temporal.api.enums.v1.PendingWorkflowTaskState.SCHEDULED. */
const TASK_SCHEDULED = 1;
/** A task is taken up in milliseconds where a worker polls; later than this, in milliseconds, somebody is missing. */
const TAKE_UP_MS = 5_000;
/** Failures of a workflow task in a row from which on it is no passing trouble. */
const FAILING_ATTEMPTS = 3;

/** Pending activities of a run by step id. */
export function readPending(
  description: WorkflowExecutionDescription,
): Map<string, PendingActivity> {
  const pending = (description.raw.pendingActivities ?? []).map(pendingActivity);
  return new Map(pending.map((activity) => [stepOfActivity(activity.activityId).step, activity]));
}

function pendingActivity(raw: RawPending): PendingActivity {
  const started = Number(raw.state) !== SCHEDULED && Number(raw.state) !== PAUSED;
  const lastFailure = raw.lastFailure ? readFailure(raw.lastFailure) : null;
  return {
    activityId: raw.activityId ?? '',
    attempt: raw.attempt ?? 1,
    started,
    lastEndedAt: isoTime(raw.lastAttemptCompleteTime),
    lastFailure,
    heartbeat: firstOf<StepHeartbeat>(raw.heartbeatDetails) ?? null,
    nextAttemptAt: started ? null : isoTime(raw.nextAttemptScheduleTime),
    paused: raw.paused === true ? pauseOf(raw.pauseInfo) : null,
  };
}

function pauseOf(info: RawPending['pauseInfo']): ActivityPause {
  const { identity = '', reason = '' } = info?.manual ?? {};
  return { by: identity || null, reason: reason || null, since: isoTime(info?.pauseTime) };
}

/** States in which an operation is not over, be it in another run. */
const OPEN: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW']);

/** How the operation ended with this run; null when it has not. */
export function readClosed(description: WorkflowExecutionDescription): ClosedExecution | null {
  const { status, closeTime } = description;
  if (closeTime === undefined || OPEN.has(status.name)) return null;
  const state =
    status.name === 'COMPLETED' ? 'succeeded' : status.name === 'CANCELLED' ? 'canceled' : 'failed';
  return { state, at: closeTime.toISOString() };
}

/** ISO-8601 time since when a task of the run waits to be taken up by a worker; null when none waits longer than usual. */
export function waitsSince(description: WorkflowExecutionDescription, now: number): string | null {
  const { pendingWorkflowTask, pendingActivities } = description.raw;
  const waiting = [
    ...(Number(pendingWorkflowTask?.state) === TASK_SCHEDULED
      ? [isoTime(pendingWorkflowTask?.scheduledTime)]
      : []),
    ...(pendingActivities ?? []).flatMap((activity) =>
      Number(activity.state) === SCHEDULED
        ? [isoTime(activity.nextAttemptScheduleTime) ?? isoTime(activity.scheduledTime)]
        : [],
    ),
  ].filter((at) => at !== null);
  const first = waiting.sort()[0];
  return first !== undefined && now - Date.parse(first) > TAKE_UP_MS ? first : null;
}

/** Attempt of a workflow task that fails again and again; null when it does not. */
export function failingTask(description: WorkflowExecutionDescription): number | null {
  const attempt = description.raw.pendingWorkflowTask?.attempt ?? 1;
  return attempt > FAILING_ATTEMPTS ? attempt : null;
}
