import type { OperationUpdate } from '../../contract/decisions.ts';
import type { MeshProgress, OperationState } from '../../contract/mesh-status.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import type { StepChanges } from '../../mesh/plan/object-changes.ts';
import type { Member } from '../../mesh/plan/member.ts';
import type { VerifyReport } from '../../mesh/plan/verify-report.ts';

/** Something a person decided about a running operation. */
export type Decision = {
  /** What was decided. */
  what: 'retry' | 'skip' | OperationUpdate | 'terminate';
  /** Step it was about; null for the whole operation. */
  step: string | null;
  /** Who; for terminate, and a cancel by other means than the command, the identity of the client, which the Temporal UI does not set to a person. */
  by: string;
  /** Why; null when nobody said. */
  reason: string | null;
  /** ISO-8601. */
  at: string;
  /** Of a cancel: what the operation had made is taken back; absent when it is not. */
  undo?: true;
};

/** What Temporal's event history alone says about one run of an operation. */
export type OperationRecord = {
  /** The same answer that the workflow's progress query would give. */
  progress: MeshProgress;
  /** The mesh as it was asked for. */
  spec: MeshSpec;
  /** Digest of that spec. */
  specDigest: string;
  /** What people decided on the way, in order. */
  decisions: Decision[];
  /** Why the operation failed; null when it did not. */
  failure: RecordedFailure | null;
  /** Matrix of a verification; null before it is there, and for other kinds. */
  report: VerifyReport | null;
  /**
   * Clusters in which something of the mesh is when the operation is over: those of its file that an install has begun to work in, those that held something before
   * and were not emptied, and those that an uninstall was to empty and has not; none for other kinds.
   */
  holding: Member[];
};

/** A failure as history holds it. */
export type RecordedFailure = {
  /** FailureType, or the name of what Temporal itself reports, e.g. `TimedOut`. */
  type: string;
  /** One sentence. */
  message: string;
  /** What a person can do; null when nobody knows. */
  cure: string | null;
  /** Further lines. */
  lines: string[];
  /** What the step had written before it failed; absent when nothing, and for operations. */
  changes?: StepChanges;
};

/** States in which an operation is over. */
export const ENDED_STATES: ReadonlySet<OperationState> = new Set([
  'succeeded',
  'failed',
  'canceled',
]);
