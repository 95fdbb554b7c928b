import { decisionCommand } from '../../contract/decision-command.ts';
import { missingWithout } from '../../contract/skippable-steps.ts';
import { wayOn } from '../../contract/way-on.ts';
import type { StepProgress } from '../../contract/mesh-status.ts';

/** What else can be done about a blocked step, each with what it means: skipping only where that is allowed. */
export function otherWays(mesh: string, step: StepProgress): string[] {
  const { id, kind } = step;
  const missing = missingWithout(kind);
  return [
    ...(missing === null
      ? []
      : [`${decisionCommand('skip', mesh, id)}   (goes on without: ${missing})`]),
    secondWay(mesh, step),
  ];
}

/** What does not come first. */
function secondWay(mesh: string, step: StepProgress): string {
  const retry = decisionCommand('retry', mesh, step.id);
  switch (wayOn(step)) {
    case 'newFile':
      return `${retry}   (where the file is right and something else was wrong)`;
    case 'anew':
      return `${retry}   (where it is there again)`;
    case 'retry':
      return `${decisionCommand('abort', mesh)}   (gives up; what is done stays)`;
  }
}

/** The command that comes first for a blocked step. */
export function firstWay(mesh: string, step: StepProgress): string {
  return wayOn(step) === 'retry'
    ? decisionCommand('retry', mesh, step.id)
    : decisionCommand('abort', mesh);
}
