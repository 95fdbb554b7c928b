import type { SkipInput } from '../contract/decisions.ts';
import type { StepProgress } from '../contract/mesh-status.ts';
import { missingWithout, skippedText } from '../contract/skippable-steps.ts';
import { isFailureType } from '../mesh/failure.ts';
import type { PlanStep, StepOutcome } from '../mesh/plan/plan.ts';

/** What becomes of a blocked step that a person skips. */
type SkippedStep = {
  /** What the mesh does without. */
  missing: string;
  /** What changes of its progress. */
  change: Partial<StepProgress>;
  /** What it counts as having reported; absent when nothing. */
  outcome?: StepOutcome;
};

/** Lets a blocked step count as finished at an ISO-8601 time. A removal that is skipped leaves its cluster behind, to be taken up by the next operation. */
export function skippedStep(
  { kind, failure }: StepProgress,
  planned: PlanStep | undefined,
  { by, reason }: SkipInput,
  at: string,
): SkippedStep {
  const missing = missingWithout(kind) ?? '';
  const skip = { by, reason, at, missing };
  const change: Partial<StepProgress> = {
    state: 'skipped',
    since: at,
    finishedAt: at,
    reason: skippedText(skip, missing),
    skip,
  };
  if (planned?.kind !== 'removeCluster') return { missing, change };
  const { cluster, uid } = planned.input;
  const type = isFailureType(failure) ? failure : 'Unexpected';
  const leftBehind = { type, cure: 'ask for it again once it can be removed', cluster, uid };
  return { missing, change, outcome: { changed: 0, summary: '', leftBehind } };
}
