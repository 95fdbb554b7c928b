import { missingWithout } from '../../contract/skippable-steps.ts';
import type { StepProgress } from '../../contract/mesh-status.ts';

/** The exact command that runs a blocked step again; the reason is left for the person to write. */
export function retryCommand(mesh: string, step: string): string {
  return `meshwright retry ${mesh} ${step} --reason "…"`;
}

/** What else can be done about a blocked step, each with what it means: skipping only where that is allowed. */
export function otherWays(mesh: string, { id, kind }: StepProgress): string[] {
  const missing = missingWithout(kind);
  return [
    ...(missing === null
      ? []
      : [`meshwright skip ${mesh} ${id} --reason "…"   (goes on without: ${missing})`]),
    `meshwright abort ${mesh} --reason "…"   (gives up; what is done stays)`,
  ];
}
