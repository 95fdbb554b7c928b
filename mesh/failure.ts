import type { StepChanges } from './plan/object-changes.ts';

/**
 * Every way in which a step can fail, and whether trying again without a person can help.
 * `retried: true` is transient trouble that is retried for as long as it takes; `false` parks the step as blocked.
 * Retryability belongs to the failure, so no retry policy anywhere lists types.
 */
export const FAILURES = {
  InvalidMeshSpec: { retried: false },
  UnsupportedVersion: { retried: false },
  PrecheckFailed: { retried: false },
  PlanChanged: { retried: false },
  Aborted: { retried: false },
  TrustMismatch: { retried: false },
  UnknownCluster: { retried: false },
  CredentialRefused: { retried: false },
  Unauthorized: { retried: false },
  Forbidden: { retried: false },
  QuotaExceeded: { retried: false },
  PolicyDenied: { retried: false },
  FieldConflict: { retried: false },
  ForeignInstall: { retried: false },
  StillLinked: { retried: false },
  InvalidObject: { retried: false },
  NamespaceGone: { retried: false },
  DeletedMeanwhile: { retried: false },
  WaitTimedOut: { retried: false },
  RolloutFailed: { retried: false },
  VerifyFailed: { retried: false },
  ToolMissing: { retried: false },
  ToolFailed: { retried: false },
  ConcurrentChange: { retried: true },
  Throttled: { retried: true },
  ClusterUnreachable: { retried: true },
  ApiUnavailable: { retried: true },
  Unexpected: { retried: true },
} as const satisfies Record<string, { retried: boolean }>;

/** The closed union of failure types; also the `type` of every ApplicationFailure in history. */
export type FailureType = keyof typeof FAILURES;

/** Failures that say nothing of a cluster but that it cannot be asked at the moment. */
export const AWAY: ReadonlySet<FailureType> = new Set(['ClusterUnreachable', 'ApiUnavailable']);

/** What is known about a failure beyond its sentence; small, free of secrets, recorded in history. */
export type FailureDetails = {
  /** Cluster the failure happened in. */
  cluster?: string;
  /** Object concerned, as `Kind namespace/name`. */
  object?: string;
  /** Namespace that is not there. */
  namespace?: string;
  /** Verb that was refused or failed, e.g. `create`. */
  verb?: string;
  /** What a person can do about it, as one sentence. */
  cure?: string;
  /** Further lines: pod reasons, events, conflicting managers; at most ten. */
  lines?: string[];
  /** Attempts that came to this failure, set where activities end; absent counts as 1. */
  attempts?: number;
  /** What those attempts had written in clusters, set where activities end; absent when nothing. */
  changes?: StepChanges;
};

/** A failure that meshwright understands. Messages are lower case, without a full stop, and name the wrong value. */
export class MeshFailure extends Error {
  /** Member of the closed union. */
  readonly type: FailureType;
  /** Facts for the screen and the history. */
  readonly details: FailureDetails;
  /** Milliseconds until the next attempt: what the far side asked for (HTTP 429 Retry-After), or what a full etcd is given; absent when neither. */
  readonly retryAfterMs: number | undefined;

  /** Makes a failure; `options.cause` keeps the original for logs on the worker, never for history. */
  constructor(
    type: FailureType,
    message: string,
    details: FailureDetails = {},
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'MeshFailure';
    this.type = type;
    this.details = details;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Tells a MeshFailure by its shape: jest and undici run in realms of their own, where instanceof lies. */
export function isMeshFailure(error: unknown): error is MeshFailure {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { name?: unknown }).name === 'MeshFailure' &&
    typeof (error as { type?: unknown }).type === 'string'
  );
}

/** Narrows a string from history to a member of the union. */
export function isFailureType(value: unknown): value is FailureType {
  return typeof value === 'string' && Object.hasOwn(FAILURES, value);
}
