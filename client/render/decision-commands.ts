import { decisionCommand } from '../../contract/decision-command.ts';
import { asksForNewFile } from '../../contract/asks-for-new-file.ts';
import { missingWithout } from '../../contract/skippable-steps.ts';
import type { StepProgress } from '../../contract/mesh-status.ts';

/** What else can be done about a blocked step, each with what it means: skipping only where that is allowed. */
export function otherWays(mesh: string, { id, kind, failure }: StepProgress): string[] {
  const missing = missingWithout(kind);
  return [
    ...(missing === null
      ? []
      : [`${decisionCommand('skip', mesh, id)}   (goes on without: ${missing})`]),
    asksForNewFile({ kind, failure })
      ? `${decisionCommand('retry', mesh, id)}   (where the file is right and something else was wrong)`
      : `${decisionCommand('abort', mesh)}   (gives up; what is done stays)`,
  ];
}
