import type { StepProgress } from '../../contract/mesh-status.ts';
import type { Snapshot } from '../live/snapshot.ts';
import { painted, sign, writeLines } from './look.ts';
import type { Line, Look } from './look.ts';
import { isThrough, lanesOf, shortRun, stepCount } from './step-text.ts';
import { clock, elapsed, elapsedBetween } from './time.ts';

/** A wait is told from this age on, in milliseconds: most are over before anybody could read of them. */
const TOLD_AFTER_MS = 5_000;
/** Rows kept free below the tree. */
const FREE_ROWS = 2;

/** A lane of the tree: one line, and below it what needs an eye. */
type Lane = { state: StepProgress['state']; head: Line; details: Line[] };

/** What is known about the way to Temporal. */
export type TreeNotes = {
  /** ISO-8601 time since when Temporal does not answer; null while it does. */
  temporalAwaySince: string | null;
  /** Last line: what Ctrl-C does; null for none. */
  footer: string | null;
};

/**
 * Renders the live tree of an operation, a lane for each cluster. Pure: the same arguments give the same lines. Never more
 * lines than the look's height allows: then lanes in good order are counted instead of shown.
 */
export function renderTree(snapshot: Snapshot, notes: TreeNotes, look: Look): string[] {
  const { progress } = snapshot;
  const { operation, mesh } = progress;
  const head: Line = [
    painted(mesh, 'bold'),
    ` · ${operation.kind} · run ${shortRun(operation.runId)} · ${elapsedBetween(operation.startedAt, operation.finishedAt, look)} · ${stepCount(progress.steps)}`,
  ];
  const lanes = lanesOf(progress).map(({ name, steps }) =>
    laneOf(name, steps, snapshot, widest(progress.clusters), look),
  );
  const below = [
    ...troubleLines(snapshot, notes, look),
    ...(notes.footer === null ? [] : [[painted(notes.footer, 'dim')]]),
  ];
  const budget =
    look.height === null
      ? Number.POSITIVE_INFINITY
      : Math.max(1, look.height - FREE_ROWS - 1 - below.length);
  return writeLines([head, ...fit(lanes, budget), ...below], look);
}

function widest(clusters: readonly { name: string }[]): number {
  return Math.max(4, ...clusters.map(({ name }) => name.length));
}

function laneOf(
  name: string,
  steps: readonly StepProgress[],
  snapshot: Snapshot,
  width: number,
  look: Look,
): Lane {
  const state = laneState(steps);
  const started = steps.flatMap((step) => step.startedAt ?? []).sort()[0] ?? null;
  const ended = steps.every(isThrough)
    ? (steps
        .flatMap((step) => step.finishedAt ?? [])
        .sort()
        .at(-1) ?? null)
    : null;
  const time = started === null ? '' : `  ${elapsedBetween(started, ended, look)}`;
  const open = steps.filter((step) => !isThrough(step) && step.state !== 'pending');
  const parts: Line =
    state === 'pending'
      ? [pendingText(steps)]
      : [stepCount(steps), ...open.flatMap((step) => openStep(step, look))];
  return {
    state,
    head: [sign(state, look), ` ${name.padEnd(width)}  `, ...parts, painted(time, 'dim')],
    details: open.flatMap((step) => detailLine(step, snapshot, look)),
  };
}

/** The state that matters most among the steps of a lane. */
function laneState(steps: readonly StepProgress[]): StepProgress['state'] {
  for (const state of ['blocked', 'failed', 'retrying', 'running', 'waiting'] as const) {
    if (steps.some((step) => step.state === state)) return state;
  }
  if (steps.every(isThrough))
    return steps.every((step) => step.state === 'skipped') ? 'skipped' : 'done';
  return steps.some(isThrough) ? 'running' : 'pending';
}

function pendingText(steps: readonly StepProgress[]): string {
  return steps.map((step) => step.title).join(' · ');
}

function openStep(step: StepProgress, look: Look): Line {
  return ['  ', sign(step.state, look), ` ${step.title}`];
}

function detailLine(step: StepProgress, snapshot: Snapshot, look: Look): Line[] {
  const age = step.since === null ? 0 : look.now - Date.parse(step.since);
  const why = step.reason === null ? '' : `: ${step.reason}`;
  const lead: Line = ['    ', sign(step.state, look), ` ${step.title} `];
  switch (step.state) {
    case 'waiting':
      return age < TOLD_AFTER_MS ? [] : [[...lead, `waiting ${elapsed(age)}${why}`]];
    case 'retrying':
      return [[...lead, `attempt ${step.attempts}${nextText(step, snapshot, look)}${why}`]];
    case 'blocked':
    case 'failed':
      return [[...lead, painted(step.state, 'red'), ` ${elapsed(age)}${why}`]];
    default:
      return [];
  }
}

function nextText(step: StepProgress, snapshot: Snapshot, look: Look): string {
  const next = snapshot.pending.get(step.id)?.nextAttemptAt ?? null;
  const wait = next === null ? 0 : Date.parse(next) - look.now;
  return wait <= 0 ? '' : ` in ${Math.ceil(wait / 1000)}s`;
}

/** What keeps the operation as a whole from going on. */
export function troubleLines(
  { progress, waitsForWorker, failingTaskAttempt }: Snapshot,
  notes: TreeNotes,
  look: Look,
): Line[] {
  const lines: Line[] = [];
  const warn = (text: string): void => void lines.push([sign('warning', look), ` ${text}`]);
  if (notes.temporalAwaySince !== null) {
    warn(
      `Temporal does not answer for ${elapsed(look.now - Date.parse(notes.temporalAwaySince))}; nothing is lost, it goes on when it is back`,
    );
  } else if (waitsForWorker !== null) {
    const { since, presence } = waitsForWorker;
    const who = presence.polls
      ? 'the worker has not taken up its task'
      : 'no worker polls: start one with `meshwright worker`; it waits';
    warn(`${who} for ${elapsed(look.now - Date.parse(since))}`);
  }
  if (progress.operation.finishedAt === null) {
    for (const { name, awaySince } of progress.clusters)
      if (awaySince !== undefined)
        warn(`${name}: away since ${clock(awaySince)}, the others go on without it`);
  }
  if (failingTaskAttempt !== null) {
    warn(
      `the workflow's own task failed ${failingTaskAttempt - 1} times: the worker's version may not fit this run; see the UI`,
    );
  }
  return lines;
}

/** Leaves out what matters least until the lanes fit. */
function fit(lanes: readonly Lane[], budget: number): Line[] {
  const all = lanes.flatMap(({ head, details }) => [head, ...details]);
  if (all.length <= budget) return all;
  const bad = lanes.filter(({ state, details }) => details.length > 0 && state !== 'done');
  const kept: Line[] = [];
  const shown = new Set<Lane>();
  for (const lane of bad) {
    if (kept.length + 1 + lane.details.length > budget - 1) break;
    kept.push(lane.head, ...lane.details);
    shown.add(lane);
  }
  return [...kept, [restText(lanes.filter((lane) => !shown.has(lane)))]];
}

function restText(lanes: readonly Lane[]): string {
  const counts = new Map<string, number>();
  for (const { state } of lanes) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = [...counts].map(([state, number], index) =>
    index === 0 ? `${number} more ${state}` : `${number} ${state}`,
  );
  return `… ${parts.join(', ')}`;
}
