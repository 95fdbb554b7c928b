import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type {
  ApplyDriftInput,
  AwaitDriftInput,
  DriftReport,
  DriftWrite,
  SyncActivities,
} from '../contract/mesh-sync.ts';
import { HEARTBEAT_TIMEOUT_MS, RETRY } from '../contract/step-activities.ts';
import { changeText } from '../mesh/sync/change-text.ts';
import { namesOf } from './sync-board.ts';

/** The Temporal UI cuts labels of its timeline at 120 characters. */
const SUMMARY_LIMIT = 100;
/** Time above the limit that the activity keeps itself, in milliseconds. */
const MARGIN_MS = 60_000;
/** Limit of one attempt to write, in milliseconds. */
const WRITE_MS = 60_000;
/** Attempts to write before the others' news are awaited again; the difference is still there then. */
const WRITE_ATTEMPTS = 5;

const RETRIES = {
  initialInterval: RETRY.initialMs,
  backoffCoefficient: RETRY.factor,
  maximumInterval: RETRY.maximumMs,
} as const;

/** Runs the activity that watches. On cancellation it is left to end by itself: it only reads. */
export function callAwaitDrift(input: AwaitDriftInput): Promise<DriftReport> {
  const count = input.spec.targets.length;
  return proxyActivities<SyncActivities>({
    summary: `${input.spec.mesh} · watching ${count} object${count === 1 ? '' : 's'}`,
    startToCloseTimeout: input.limitMs + MARGIN_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: RETRIES,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  }).awaitDrift(input);
}

/** Runs the activity that writes one object. */
export function callApplyDrift(input: ApplyDriftInput): Promise<DriftWrite> {
  const { cluster, title } = namesOf(input.target);
  const text = `${cluster} · ${changeText(title, input.seen, input.wanted)}`;
  return proxyActivities<SyncActivities>({
    summary: [...text].slice(0, SUMMARY_LIMIT).join(''),
    startToCloseTimeout: WRITE_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: { ...RETRIES, maximumAttempts: WRITE_ATTEMPTS },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  }).applyDrift(input);
}
