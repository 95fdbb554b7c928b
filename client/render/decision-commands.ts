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

/** When to retry all the same, where another command comes first. */
const RETRY_ALL_THE_SAME = {
  newFile: 'where the file is right and something else was wrong',
  anew: 'where it is there again',
} as const;

/** What does not come first. */
function secondWay(mesh: string, step: StepProgress): string {
  const way = wayOn(step);
  return way === 'retry'
    ? `${decisionCommand('abort', mesh)}   (gives up; what is done stays)`
    : `${decisionCommand('retry', mesh, step.id)}   (${RETRY_ALL_THE_SAME[way]})`;
}
