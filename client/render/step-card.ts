import { firstCommand, wayOn } from '../../contract/way-on.ts';
import type { MeshProgress, StepProgress } from '../../contract/mesh-status.ts';
import { laneOf, lanesOf, isThrough, count } from './step-text.ts';
import { painted, sign } from './look.ts';
import type { Line, Look } from './look.ts';
import { otherWays } from './decision-commands.ts';
import { isoSeconds } from './time.ts';

/** What a person needs to know of a step that cannot go on: what, why, what it means, what to do. */
export function stepCard(
  progress: MeshProgress,
  step: StepProgress,
  uiUrl: string,
  look: Look,
): Line[] {
  const blocked = step.state === 'blocked';
  const since =
    step.since === null
      ? ''
      : `        ${step.state} since ${look.timeFormat === 'iso' ? isoSeconds(step.since) : step.since.slice(11, 19) + 'Z'}`;
  return [
    [
      sign(step.state, look),
      painted(` ${laneOf(step)} · ${step.title}`, 'bold'),
      ` · ${step.id}        ${count(step.attempts, 'attempt')}${since}`,
    ],
    [],
    ['  What   ', `${step.kind}${step.failure === null ? '' : ` failed: ${step.failure}`}`],
    ['  Why    ', step.reason ?? 'no reason was given'],
    ...step.lines.map((line): Line => ['         ', line]),
    ['  Means  ', meaning(progress, step)],
    ...(step.lastRetry === null
      ? []
      : [
          [
            '  Tried  ',
            `${step.lastRetry.by} retried it at ${isoSeconds(step.lastRetry.at)}: "${step.lastRetry.reason}"`,
          ] as Line,
        ]),
    ...(blocked ? ways(progress.mesh, step) : [['  Fix    ', cureOf(step)] as Line]),
    ['  UI     ', uiUrl],
  ];
}

/** Without the words that the command below stands for. */
function cureOf({ cure }: StepProgress): string {
  return (cure ?? 'remove the reason').replace(/[,;] then retry$/u, '');
}

const AFTER_CURE = {
  retry: ', then:',
  newFile: '; this run keeps the file it began with, so end it before you install the new one:',
  anew: '; this run does not make it again, so end it first:',
} as const;

/** The cure of a blocked step, the command that goes on after it, and what else can be decided. */
function ways(mesh: string, step: StepProgress): Line[] {
  return [
    ['  Fix    ', `${cureOf(step)}${AFTER_CURE[wayOn(step)]}`],
    [],
    ['      ', painted(firstCommand(mesh, step), 'bold')],
    [],
    ...otherWays(mesh, step).map((way, index): Line => [
      index === 0 ? '  Or     ' : '         ',
      way,
    ]),
  ];
}

/** Says what the step holds back and what is not touched by it. */
function meaning(progress: MeshProgress, step: StepProgress): string {
  const held = dependents(progress.steps, step.id);
  const done = lanesOf(progress).filter(
    ({ name, steps }) => name !== 'mesh' && name !== step.cluster && steps.every(isThrough),
  );
  const others = progress.steps.filter(
    (other) => !isThrough(other) && other.id !== step.id && !held.has(other.id),
  );
  const parts = [
    held.size === 0
      ? 'no other step needs it'
      : `${count(held.size, 'step')} ${held.size === 1 ? 'waits' : 'wait'} for it: ${named([...held])}`,
    ...(done.length === 0
      ? []
      : [
          `${named(done.map(({ name }) => name))} ${done.length === 1 ? 'is' : 'are'} done and untouched`,
        ]),
    ...(others.length === 0 || step.state === 'failed' ? [] : ['everything else goes on']),
  ];
  return parts.join('; ');
}

function dependents(steps: readonly StepProgress[], id: string): Set<string> {
  const held = new Set<string>();
  for (let size = -1; size !== held.size;) {
    size = held.size;
    for (const step of steps) {
      if (!isThrough(step) && step.needs.some((need) => need === id || held.has(need)))
        held.add(step.id);
    }
  }
  return held;
}

function named(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
