import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { StepProgress } from '../contract/mesh-status.ts';
import { isFailureType } from '../mesh/failure.ts';
import type { FailureDetails, FailureType } from '../mesh/failure.ts';
import type { StepChanges } from '../mesh/plan/object-changes.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { VerifyPair } from '../mesh/plan/verify-report.ts';

/** Why a step failed, as the board shows it. */
export type StepFailure = {
  /** Member of the closed union. */
  type: FailureType;
  /** One sentence. */
  message: string;
  /** What a person can do; null when nobody knows. */
  cure: string | null;
  /** Further lines, at most ten. */
  lines: string[];
  /** Attempts that the round took. */
  attempts: number;
};

/** Failures that no retry of a step can cure: the file or the plan is another one, so a new operation is needed. */
const FATAL: ReadonlySet<FailureType> = new Set(['PlanChanged', 'InvalidMeshSpec', 'StillLinked']);

/** Most lines of a failure; the same bound as FailureDetails has. */
const LINES = 10;

/** Whether the operation must end because of it. */
export function isFatal(failure: StepFailure): boolean {
  return FATAL.has(failure.type);
}

/**
 * Reads why an activity failed. Only a failure that is not retried comes this far, or one made from outside, for instance
 * by `temporal activity fail`; what is not in the union counts as Unexpected and keeps its message.
 */
export function stepFailureOf(failure: ActivityFailure): StepFailure {
  const { cause } = failure;
  if (cause instanceof ApplicationFailure) {
    const details = (cause.details?.[0] ?? {}) as FailureDetails;
    return {
      type: isFailureType(cause.type) ? cause.type : 'Unexpected',
      message: cause.message,
      cure: details.cure ?? null,
      lines: (details.lines ?? []).slice(0, LINES),
      attempts: details.attempts ?? 1,
    };
  }
  const message =
    cause instanceof TimeoutFailure
      ? `timed out (${cause.timeoutType})`
      : (cause?.message ?? failure.message);
  return { type: 'Unexpected', message, cure: null, lines: [], attempts: 1 };
}

/** What a round that did not end well had written in clusters; absent when nothing. A cancelled one tells it, too. */
export function changesBefore(error: unknown): StepChanges | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure) && !(cause instanceof CancelledFailure))
    return undefined;
  return ((cause.details?.[0] ?? {}) as FailureDetails).changes;
}

/** What a failure at an ISO-8601 time changes of a step's progress. */
export function failedStep(
  { type, message, cure, lines, attempts }: StepFailure,
  before: Pick<StepProgress, 'attempts'>,
  at: string,
): Partial<StepProgress> {
  return {
    since: at,
    reason: message,
    failure: type,
    cure,
    lines,
    attempts: before.attempts + attempts - 1,
  };
}

/** Judges the matrix that a step reports: null when it has none or every pair is ok. */
export function pairsFailure({ pairs = [], attempts = 1 }: StepOutcome): StepFailure | null {
  const bad = pairs.filter((pair) => !pair.ok);
  if (bad.length === 0) return null;
  return {
    type: 'VerifyFailed',
    message: `${bad.length} of ${pairs.length} pairs of clusters did not answer as they must`,
    cure: "find out why with istioctl proxy-status and the pods' logs",
    lines: bad.slice(0, LINES).map(pairLine),
    attempts,
  };
}

function pairLine({ from, to, answers, requests, reason }: VerifyPair): string {
  return `${from} → ${to}: ${answers} of ${requests} requests answered${reason === null ? '' : `; ${reason}`}`;
}
