import type { FailureType } from '../mesh/failure.ts';
import { decisionCommand } from './decision-command.ts';
import type { StepProgress } from './mesh-status.ts';

/** What istioctl or the API server says against what the file makes of a cluster. */
const AGAINST_THE_FILE: readonly FailureType[] = ['InvalidObject', 'ToolFailed'];

/**
 * How it goes on after a blocked step. `retry`: it is tried again. An operation keeps the file with which it began, and does nothing twice; so a retry fails
 * as before where the mesh file must change (`newFile`), or where something is gone that a step before had made (`anew`): the operation has to be
 * given up, and another one begun.
 */
export type WayOn = 'retry' | 'newFile' | 'anew';

/** Tells how it goes on after a blocked step. */
export function wayOn({ kind, failure }: Pick<StepProgress, 'kind' | 'failure'>): WayOn {
  if (failure === ('DeletedMeanwhile' satisfies FailureType)) return 'anew';
  return AGAINST_THE_FILE.some((type) => type === failure) ||
    (kind === 'planInstall' && failure === ('PrecheckFailed' satisfies FailureType))
    ? 'newFile'
    : 'retry';
}

/** The command that comes first for a blocked step. */
export function firstCommand(mesh: string, step: StepProgress): string {
  return wayOn(step) === 'retry'
    ? decisionCommand('retry', mesh, step.id)
    : decisionCommand('abort', mesh);
}
