import type { OperationKind } from '../../contract/mesh-status.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { RecordedFailure } from './operation-record.ts';

/** Operations that do what they plan. */
export const EXECUTED: ReadonlySet<OperationKind> = new Set(['install', 'uninstall']);
/** Pairs that are named. */
const LISTED = 10;

/** The failure that pairs of clusters which did not answer are to an operation; null when there are none. A verification has them as its result. */
export function failedPairs(
  kind: OperationKind,
  outcome: StepOutcome | undefined,
): RecordedFailure | null {
  const bad = (outcome?.pairs ?? []).filter((pair) => !pair.ok);
  if (!EXECUTED.has(kind) || bad.length === 0) return null;
  const lines = bad
    .slice(0, LISTED)
    .map(({ from, to, reason }) => `${from} → ${to}${reason === null ? '' : `: ${reason}`}`);
  const message = `${bad.length} of ${outcome?.pairs?.length ?? 0} pairs of clusters did not answer as they must`;
  return { type: 'VerifyFailed', message, cure: null, lines };
}
