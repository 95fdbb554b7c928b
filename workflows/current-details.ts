import { decisionCommand } from '../contract/decision-command.ts';
import type { Decided } from '../contract/decisions.ts';
import { markdownTable } from '../contract/markdown-table.ts';
import { missingWithout } from '../contract/skippable-steps.ts';
import type { MeshProgress, StepProgress, StepState } from '../contract/mesh-status.ts';
import { firstCommand, wayOn } from '../contract/way-on.ts';
import { cell, cutToBytes } from './markdown.ts';
import type { TakenDecision } from './operation-decisions.ts';

/** Signs of the states; a state is always written out beside its sign. */
const SIGNS: { [S in StepState]: string } = {
  pending: '○',
  running: '●',
  waiting: '◷',
  retrying: '↻',
  blocked: '‼',
  done: '✔',
  skipped: '–',
  failed: '✖',
};

/** Up to here every step has a row of its own; larger operations get a row for each cluster. */
const STEP_ROWS = 80;

/** Decisions that are told above the steps. */
const DECISIONS = 10;

/** Writes where an operation stands, and what was decided about it as a whole, as Markdown for people who open it in the Temporal UI. */
export function currentDetails(
  progress: MeshProgress,
  taken: readonly TakenDecision[] = [],
): string {
  const { mesh, operation, steps, planSummary, startedBy } = progress;
  const finished = steps.filter((step) => step.state === 'done' || step.state === 'skipped').length;
  const lines = [
    `**${operation.kind} ${mesh}: ${operation.state}** · ${finished} of ${steps.length} steps done · started by ${cell(startedBy.by)}${
      startedBy.reason === null ? '' : ` (${cell(startedBy.reason)})`
    }`,
    ...decidedLines(mesh, operation),
    ...awayLines(progress),
    ...steps.filter((step) => step.failure !== null).flatMap((step) => failureLines(mesh, step)),
    ...decisionLines(steps, taken),
    '',
    ...(steps.length <= STEP_ROWS ? stepRows(steps) : laneRows(steps)),
    ...(planSummary.length === 0
      ? []
      : ['', '**plan**', '', ...planSummary.map((line) => `- ${cell(line)}`)]),
  ];
  return cutToBytes(lines);
}

function decidedLines(
  mesh: string,
  { paused, aborted, canceled }: MeshProgress['operation'],
): string[] {
  const told = (what: string, { by, at, reason }: Decided): string[] => [
    '',
    `**${what}** by ${cell(by)} at ${at}: ${cell(reason)}`,
  ];
  return [
    ...(paused === undefined
      ? []
      : [...told('paused', paused), '', `- to go on: \`${decisionCommand('resume', mesh)}\``]),
    ...(aborted === undefined ? [] : told('aborted', aborted)),
    ...(canceled === undefined ? [] : told('canceled', canceled)),
  ];
}

function awayLines({ clusters, operation }: MeshProgress): string[] {
  if (operation.finishedAt !== null) return [];
  const lines = clusters.flatMap(({ name, awaySince }) =>
    awaySince === undefined
      ? []
      : [`- **${name}**: away since ${time(awaySince)}, the others go on without it`],
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

const BEFORE_COMMAND = {
  retry: 'then',
  newFile: 'this run keeps the file it began with, so first',
  anew: 'this run does not make it again, so first',
} as const;

function failureLines(mesh: string, step: StepProgress): string[] {
  return [
    '',
    `${SIGNS[step.state]} **${step.id}** ${step.state} since ${step.since}: ${step.failure}: ${cell(step.reason ?? '')}`,
    '',
    ...step.lines.map((line) => `- ${cell(line)}`),
    ...(step.cure === null ? [] : [`- cure: ${cell(step.cure)}`]),
    ...(step.state === 'blocked'
      ? [
          `- ${BEFORE_COMMAND[wayOn(step)]}: \`${firstCommand(mesh, step)}\``,
          ...(missingWithout(step.kind) === null
            ? []
            : [`- or go on without it: \`${decisionCommand('skip', mesh, step.id)}\``]),
        ]
      : []),
  ];
}

/** What people decided last, the latest first; the history has every decision. */
function decisionLines(steps: readonly StepProgress[], taken: readonly TakenDecision[]): string[] {
  const told = (what: string, { by, reason, at }: Decided): { at: string; line: string } => ({
    at,
    line: `- ${at} ${cell(by)}: ${what} (${cell(reason)})`,
  });
  const lines = [
    ...taken.map(({ update, decided }) => told(update, decided)).toReversed(),
    ...steps.flatMap(({ id, lastRetry, skip }) => [
      ...(lastRetry === null ? [] : [told(`retry ${id}`, lastRetry)]),
      ...(skip === undefined ? [] : [told(`skip ${id}`, skip)]),
    ]),
  ]
    .toSorted((a, b) => b.at.localeCompare(a.at))
    .slice(0, DECISIONS)
    .map(({ line }) => line);
  return lines.length === 0 ? [] : ['', '**decided**', '', ...lines];
}

function stepRows(steps: readonly StepProgress[]): string[] {
  const rows = steps.map((step) => [
    ...[step.cluster ?? 'mesh', cell(step.title), `${SIGNS[step.state]} ${step.state}`],
    ...[time(step.since), cell(outcomeOf(step))],
  ]);
  return markdownTable(['cluster', 'step', 'state', 'since', ''], rows);
}

function laneRows(steps: readonly StepProgress[]): string[] {
  const clusters = new Set(steps.map((step) => step.cluster));
  const rows = [...clusters].map((cluster) => {
    const lane = steps.filter((step) => step.cluster === cluster);
    const done = lane.filter((step) => step.state === 'done' || step.state === 'skipped').length;
    const active = lane.filter(
      (step) => step.state === 'running' || step.state === 'blocked' || step.state === 'failed',
    );
    const now = active.map((step) => `${SIGNS[step.state]} ${step.title}`).join(' · ');
    return [cluster ?? 'mesh', `${done} of ${lane.length}`, cell(now)];
  });
  return markdownTable(['cluster', 'done', 'now'], rows);
}

/** A blocked step is told above the table, so its row says only who retried it. */
function outcomeOf(step: StepProgress): string {
  const retried =
    step.lastRetry === null ? '' : `retried by ${step.lastRetry.by}: ${step.lastRetry.reason}`;
  const reason = step.failure === null ? (step.reason ?? '') : step.failure;
  return [reason, retried].filter((text) => text !== '').join(' · ');
}

function time(since: string | null): string {
  return since === null ? '' : `${since.slice(11, 19)}Z`;
}
