import type { FailureType } from '../mesh/failure.ts';
import type { StepProgress } from './mesh-status.ts';

/** What istioctl or the API server says against what the file makes of a cluster. */
const AGAINST_THE_FILE: readonly FailureType[] = ['InvalidObject', 'ToolFailed'];

/**
 * Whether a step is blocked by what the mesh file says. An operation keeps the file with which it began, so a retry fails as before: it has to be given up,
 * and the corrected file installed.
 */
export function asksForNewFile({ kind, failure }: Pick<StepProgress, 'kind' | 'failure'>): boolean {
  return (
    AGAINST_THE_FILE.some((type) => type === failure) ||
    (kind === 'planInstall' && failure === ('PrecheckFailed' satisfies FailureType))
  );
}
