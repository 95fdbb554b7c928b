import { stepOfActivity } from './activity-ids.ts';
import { withControlPlane } from './control-plane-status.ts';
import type {
  MeshProgress,
  MeshStatus,
  OperationState,
  StepProgress,
  StepState,
  StepStatus,
} from './mesh-status.ts';
import type { SyncReport } from './mesh-sync.ts';
import type { StepHeartbeat } from './step-activities.ts';
import { failureOfStep } from './told-failure.ts';

/** A pending activity, as DescribeWorkflowExecution tells of it. */
export type PendingStep = {
  /** Activity id. */
  activityId: string;
  /** Attempt that runs or is scheduled next, from 1 on. */
  attempt: number;
  /** Whether an attempt runs now; false while it waits for its next attempt or for a worker. */
  started: boolean;
  /** ISO-8601 time at which the attempt before ended; null when there was none. */
  lastEndedAt: string | null;
  /** Why the attempt before failed; null when none did. */
  lastFailure: {
    type: string | null;
    message: string;
    cure?: string | null;
    lines?: string[];
  } | null;
  /** Details of the last heartbeat; null when there are none. */
  heartbeat: StepHeartbeat | null;
  /** Who paused the activity in Temporal, beside our own `pause`; null when nobody did. @default null */
  paused?: ActivityPause | null;
};

/** A pause of one activity by Temporal's own command (`temporal activity pause`, or its UI). */
export type ActivityPause = {
  /** Identity of who asked; null when Temporal does not say. */
  by: string | null;
  /** Why; null when nothing was said. */
  reason: string | null;
  /** ISO-8601 time; null when Temporal does not say. */
  since: string | null;
};

/** How Temporal says that an execution ended, when it did. */
export type ClosedExecution = {
  /** State that follows from how it closed; `failed` for one that was terminated or timed out. */
  state: Extract<OperationState, 'succeeded' | 'failed' | 'canceled'>;
  /** ISO-8601. */
  at: string;
};

/**
 * Merges what the workflow knows with its pending activities: a running step whose heartbeat says what it waits for is
 * `waiting`, as is one whose activity was paused in Temporal; one that failed before and says no such thing, or that is between two attempts, is `retrying`. `closed` corrects a workflow that ended
 * without a chance to say so.
 */
export function mergeProgress(
  progress: MeshProgress,
  pending: readonly PendingStep[],
  closed: ClosedExecution | null = null,
): MeshProgress {
  const byStep = new Map(
    pending.map((activity) => [stepOfActivity(activity.activityId).step, activity]),
  );
  const steps = progress.steps.map((step) => mergeStep(step, byStep.get(step.id)));
  if (closed === null || progress.operation.finishedAt !== null) return { ...progress, steps };
  return {
    ...progress,
    operation: { ...progress.operation, state: closed.state, finishedAt: closed.at },
    steps: steps.map((step) => (IN_FLIGHT.has(step.state) ? endedWith(step, closed.at) : step)),
  };
}

/** Takes from a progress what scripts are promised, and nothing more. */
export function meshStatus(
  { mesh, operation, steps, clusters }: MeshProgress,
  sync?: SyncReport,
): MeshStatus {
  return {
    apiVersion: 'meshwright.dev/v1alpha1',
    kind: 'MeshStatus',
    mesh,
    operation,
    steps: steps.map(stepStatus),
    clusters: clusters.map((cluster) => withControlPlane(cluster, steps, operation)),
    ...(sync === undefined ? {} : { sync }),
  };
}

function stepStatus(step: StepProgress): StepStatus {
  const { id, cluster, kind, title, state, attempts, since, reason, lines } = step;
  const failure = failureOfStep(step);
  return {
    id,
    cluster,
    kind,
    title,
    state,
    attempts,
    since,
    reason,
    ...(failure === null ? {} : { failure }),
    ...(state === 'done' && lines.length > 0 ? { remains: lines } : {}),
  };
}

const IN_FLIGHT: ReadonlySet<StepState> = new Set(['running', 'waiting', 'retrying', 'blocked']);

function mergeStep(step: StepProgress, pending: PendingStep | undefined): StepProgress {
  if (step.state !== 'running' || pending === undefined) return step;
  const attempts = step.attempts + pending.attempt - 1;
  const { heartbeat, lastFailure, paused = null } = pending;
  if (paused !== null) {
    const reason = pauseText(paused, pending.activityId);
    return { ...step, state: 'waiting', attempts, since: paused.since ?? step.since, reason };
  }
  // Between two attempts the last heartbeat is that of the attempt that failed.
  const current = pending.started || lastFailure === null;
  if (current && heartbeat !== null && heartbeat.waitingFor !== null) {
    const reason = [heartbeat.waitingFor, heartbeat.reason]
      .filter((text) => text !== null)
      .join(': ');
    return { ...step, state: 'waiting', attempts, since: heartbeat.since ?? step.since, reason };
  }
  if (pending.attempt === 1 && lastFailure === null) return { ...step, attempts };
  return {
    ...step,
    state: 'retrying',
    attempts,
    since: pending.lastEndedAt ?? step.since,
    reason: lastFailure?.message ?? null,
    failure: lastFailure?.type ?? null,
    cure: lastFailure?.cure ?? null,
    lines: lastFailure?.lines ?? [],
  };
}

/** An activity is unpaused where it was paused: no command of ours reaches it. */
function pauseText({ by, reason }: ActivityPause, activityId: string): string {
  const who = by === null ? '' : ` by ${by}`;
  const why = reason === null ? '' : ` ("${reason}")`;
  return `paused in temporal${who}${why}: temporal activity unpause --activity-id ${activityId}`;
}

function endedWith(step: StepProgress, at: string): StepProgress {
  return {
    ...step,
    state: 'failed',
    since: at,
    finishedAt: at,
    reason: step.reason ?? 'the operation ended before it was done',
  };
}
