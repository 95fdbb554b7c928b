import type { FollowedTarget, FollowSpec } from '../mesh/sync/followed-target.ts';
import type { TargetLook } from '../mesh/sync/target-look.ts';

/** Workflow type that follows a mesh's addresses. */
export const SYNC_WORKFLOW = 'syncMesh';
/** Signal with a FollowSpec: what is to be followed from now on; one without targets ends the following. */
export const FOLLOW_SIGNAL = 'follow';
/** Signal with a Requester: look at everything now and try again what could not be written. */
export const LOOK_SIGNAL = 'look';
/** Signal with a Requester: end the following; the next install begins it again. */
export const STOP_SIGNAL = 'stop';
/** Query that answers with a SyncStatus. */
export const SYNC_QUERY = 'sync';

/** Argument of the workflow `syncMesh`. */
export type SyncInput = {
  /** What is followed. */
  spec: FollowSpec;
  /** What an earlier run of the same following knew; null at the beginning. */
  carried: CarriedSync | null;
  /** Events after which a run continues as a new one. @default 2000 */
  eventsPerRun?: number;
};

/** What one run hands to the next. */
export type CarriedSync = {
  /** ISO-8601 time at which the following began. */
  since: string;
  /** Targets as last known. */
  targets: SyncTarget[];
  /** The latest changes, oldest first. */
  changes: SyncChange[];
  /** Changes ever written. */
  written: number;
};

/** Result of `syncMesh`. */
export type SyncResult = {
  /** Why it ended. */
  ended: 'stopped' | 'nothing to follow';
  /** Who ended it; null when nothing was left to follow. */
  by: string | null;
  /** Why; null when nobody said. */
  reason: string | null;
  /** Changes ever written. */
  written: number;
};

/** A followed object as the workflow knows it. */
export type SyncTarget = TargetLook & {
  /** Cluster of the object. */
  cluster: string;
  /** What it is, e.g. `istiod at`. */
  title: string;
  /** ISO-8601 time since when its state is this one. */
  since: string;
  /** Failure type when it could not be written, else null. */
  failure: string | null;
};

/** One write: what an object had before and has since. */
export type SyncChange = {
  /** Target id. */
  target: string;
  /** Cluster of the object. */
  cluster: string;
  /** What it is. */
  title: string;
  /** Addresses before. */
  before: string[];
  /** Addresses since. */
  after: string[];
  /** ISO-8601. */
  at: string;
};

/** Answer of the query `sync`. */
export type SyncStatus = {
  /** Mesh name. */
  mesh: string;
  /** `following`: all is as it should be, or on its way; `blocked`: a person must do something first. */
  state: 'following' | 'blocked';
  /** ISO-8601 time at which the following began; runs that continue one another count as one. */
  since: string;
  /** Digest of the spec that is followed. */
  specDigest: string;
  /** Targets in the order of display. */
  targets: SyncTarget[];
  /** The latest changes, oldest first. */
  changes: SyncChange[];
  /** Changes ever written. */
  written: number;
  /** Why looking itself fails at the moment; null when it does not. */
  trouble: string | null;
};

/** What `status MESH -o json` and `sync MESH -o json` tell of a mesh's sync. Fields are only ever added. */
export type SyncReport = {
  /**
   * `following` and `blocked` as the sync says; `unanswered`: it runs, and no worker tells how it stands; `ended`: it was stopped, or nothing was left to
   * follow; `never`: no install began it.
   */
  state: SyncStatus['state'] | 'unanswered' | 'ended' | 'never';
  /** Run id of its latest run; null when there was none. */
  runId: string | null;
  /** ISO-8601 time since when it follows; null when not known. */
  since: string | null;
  /** Operation at work to which it yields, with what it waits to write; null when it does not. */
  yieldsTo: string | null;
  /** Targets in the order of display. */
  targets: SyncTarget[];
  /** The latest changes, oldest first. */
  changes: SyncChange[];
  /** Changes ever written. */
  written: number;
  /** Why looking itself fails at the moment; null when it does not. */
  trouble: string | null;
  /** How and when it ended; null while it runs, and when it never did. */
  ended: { at: string; by: string | null; reason: string | null; how: string } | null;
};

/** Argument of `awaitDrift`. */
export type AwaitDriftInput = {
  /** What is followed. */
  spec: FollowSpec;
  /** What is known; only what differs from it is worth an answer. */
  known: TargetLook[];
  /** How long a difference must stay the same, by target id, in milliseconds; where absent 1,500. */
  holds: { [target: string]: number };
  /** Answers after so long even without news, in milliseconds. */
  limitMs: number;
};

/** Answer of `awaitDrift`. */
export type DriftReport = {
  /** What has changed and stayed so, or after the limit every target as last seen. */
  looks: TargetLook[];
};

/** Argument of `applyDrift`. */
export type ApplyDriftInput = {
  /** Mesh name. */
  mesh: string;
  /** What is written. */
  target: FollowedTarget;
  /** Addresses it had when the difference was seen. */
  seen: string[];
  /** Addresses it shall have; if others are right by now, nothing is written. */
  wanted: string[];
};

/** Answer of `applyDrift`. */
export type DriftWrite = {
  /** Target id. */
  target: string;
  /** Addresses before; those of `seen` when an earlier attempt or somebody else has written meanwhile. */
  before: string[];
  /** Addresses since. */
  after: string[];
  /** Whether this attempt wrote. */
  changed: boolean;
  /** Why it did not write; null when it did. */
  reason: string | null;
};

/** Activities of `syncMesh`. */
export type SyncActivities = {
  /** Watches until something differs and stays so. */
  awaitDrift(input: AwaitDriftInput): Promise<DriftReport>;
  /** Writes one object, unless it must not or need not be written any more. */
  applyDrift(input: ApplyDriftInput): Promise<DriftWrite>;
};
