import type { MeshProgress } from '../../contract/mesh-status.ts';
import type { PendingStep } from '../../contract/merge-status.ts';
import type { RecordedFailure } from '../history/operation-record.ts';
import type { WorkerPresence } from '../worker-presence.ts';

/** A pending activity with what only screens need. */
export type PendingActivity = PendingStep & {
  /** ISO-8601 time of the next attempt; null when none is planned. */
  nextAttemptAt: string | null;
};

/** Everything a screen shows of one operation at one moment. */
export type Snapshot = {
  /** Where the operation stands, pending activities merged in. */
  progress: MeshProgress;
  /** Pending activities by step id. */
  pending: ReadonlyMap<string, PendingActivity>;
  /** Why the operation failed as a whole; null when it did not, or a step says it. */
  failure: RecordedFailure | null;
  /** Since when work waits for a worker, and what is known of workers; null when nothing waits for one. */
  waitsForWorker: { since: string; presence: WorkerPresence } | null;
  /** Attempt of the workflow's own task when it keeps failing: the worker's code and the history do not agree; else null. */
  failingTaskAttempt: number | null;
};
