import { asksForNewFile } from '../../contract/asks-for-new-file.ts';
import { missingWithout } from '../../contract/skippable-steps.ts';
import type { StepProgress } from '../../contract/mesh-status.ts';

/** The exact command that runs a blocked step again; the reason is left for the person to write. */
export function retryCommand(mesh: string, step: string): string {
  return `meshwright retry ${mesh} ${step} --reason "…"`;
}

/** The exact command that gives an operation up. */
export function abortCommand(mesh: string): string {
  return `meshwright abort ${mesh} --reason "…"`;
}

/** What else can be done about a blocked step, each with what it means: skipping only where that is allowed. */
export function otherWays(mesh: string, { id, kind, failure }: StepProgress): string[] {
  const missing = missingWithout(kind);
  return [
    ...(missing === null
      ? []
      : [`meshwright skip ${mesh} ${id} --reason "…"   (goes on without: ${missing})`]),
    asksForNewFile({ kind, failure })
      ? `${retryCommand(mesh, id)}   (where the file is right and something else was wrong)`
      : `${abortCommand(mesh)}   (gives up; what is done stays)`,
  ];
}
