import { decisionCommand } from '../../contract/decision-command.ts';
import { firstCommand } from '../../contract/way-on.ts';
import type { OperationState, OperationStatus, StepProgress } from '../../contract/mesh-status.ts';
import type { SyncReport } from '../../contract/mesh-sync.ts';
import { NOTHING_TO_FOLLOW } from '../../mesh/sync/followed-target.ts';
import type { Snapshot } from '../live/snapshot.ts';
import { clusterTable } from './cluster-table.ts';
import { painted, sign } from './look.ts';
import type { Line, Look, Paint } from './look.ts';
import { troubleLines } from './progress-tree.ts';
import { decidedLines, missingLines } from './decision-lines.ts';
import { stepCard } from './step-card.ts';
import { isThrough, laneOf, shortRun, stepCount } from './step-text.ts';
import { syncLines } from './sync-screen.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { elapsedBetween, sinceText } from './time.ts';

const PAINTS: { readonly [S in OperationState]: Paint } = {
  running: 'cyan',
  blocked: 'red',
  paused: 'yellow',
  succeeded: 'green',
  failed: 'red',
  canceled: 'yellow',
};

/** Renders where a mesh stands: the operation, each cluster, what waits and why, what to do next; `wide` lists all steps. */
export function renderStatus(
  snapshot: Snapshot,
  uiUrl: string,
  wide: boolean,
  look: Look,
  sync: SyncReport | null = null,
): Line[] {
  const { progress } = snapshot;
  const { mesh, operation, steps } = progress;
  const open = steps.filter((step) => wide || !(isThrough(step) || step.state === 'pending'));
  const bad = steps.filter(
    (step) => step.state === 'blocked' || (step.state === 'failed' && step.failure !== null),
  );
  return [
    headLine(snapshot, look),
    ...decidedLines(progress, look),
    ...missingLines(progress, look),
    ...troubleLines(snapshot, { temporalAwaySince: null, footer: null }, look),
    [],
    ...clusterTable(progress, look),
    ...(open.length === 0 ? [] : [[], ...stepTable(open, look), ...retryCures(open)]),
    ...bad.flatMap((step): Line[] => [[], ...stepCard(progress, step, uiUrl, look)]),
    [],
    ...(sync === null || !isFollowed(steps) ? [] : syncLines(mesh, sync, look)),
    ...(bad.length > 0 ? [] : [['UI    ', uiUrl] as Line]),
    ...remains(steps),
    ['next  ', nextCommand(mesh, operation, bad)],
  ];
}

/** Whether the latest operation handed anything over to the sync, as far as it knows. */
function isFollowed(steps: readonly StepProgress[]): boolean {
  const handOver = steps.find((step) => step.kind === 'followMesh' && step.state === 'done');
  return handOver?.reason?.startsWith(NOTHING_TO_FOLLOW) !== true;
}

function headLine({ progress, failure }: Snapshot, look: Look): Line {
  const { mesh, operation, steps, startedBy } = progress;
  const { kind, state, startedAt, finishedAt, runId } = operation;
  const took = elapsedBetween(startedAt, finishedAt, look);
  const when =
    finishedAt === null
      ? `for ${took}`
      : `${sinceText(finishedAt, look)}${look.timeFormat === 'iso' ? '' : ' ago'}, took ${took}`;
  return [
    painted(mesh, 'bold'),
    ...(kind === 'uninstall' && state === 'succeeded'
      ? ['   ', painted('uninstalled', 'yellow')]
      : [`   ${kind} `, painted(state, PAINTS[state])]),
    ` ${when}   ${stepCount(steps)}   run ${shortRun(runId)}   by ${startedBy.by}${startedBy.reason === null ? '' : `: "${startedBy.reason}"`}`,
    ...(failure === null ? [] : [painted(`   ${failure.message}`, 'red')]),
  ];
}

function stepTable(steps: readonly StepProgress[], look: Look): Line[] {
  const rows = steps.map((step): Cell[] => {
    const mark = sign(step.state, look);
    return [
      step.id,
      painted(`${mark.text} ${step.state}`, mark.paint),
      String(step.attempts),
      sinceText(step.since, look),
      step.reason ?? `${laneOf(step)} · ${step.title}`,
    ];
  });
  return table(['STEP', 'STATE', 'ATTEMPTS', 'SINCE', 'REASON'], rows, look);
}

/** What a person can do about what is retried, once where several steps suffer from the same. */
function retryCures(steps: readonly StepProgress[]): Line[] {
  const cures = steps.flatMap(({ state, cure }) => (state === 'retrying' ? (cure ?? []) : []));
  return [...new Set(cures)].map((cure): Line => ['fix   ', cure]);
}

/** What stays in clusters whose mesh was removed, and why. */
function remains(steps: readonly StepProgress[]): Line[] {
  return steps
    .filter((step) => step.state === 'done')
    .flatMap((step) => step.lines.map((line): Line => ['stays ', `${laneOf(step)}: ${line}`]));
}

function nextCommand(
  mesh: string,
  { kind, state }: OperationStatus,
  bad: readonly StepProgress[],
): string {
  const blocked = bad.find((step) => step.state === 'blocked');
  if (state === 'paused') return decisionCommand('resume', mesh);
  if (blocked !== undefined) return firstCommand(mesh, blocked);
  if (kind === 'uninstall' && state !== 'running')
    return state === 'succeeded'
      ? `meshwright history ${mesh} · meshwright install -f mesh.yaml makes it anew`
      : `meshwright uninstall ${mesh} · meshwright history ${mesh}`;
  if (state === 'succeeded') return `meshwright verify ${mesh} · meshwright history ${mesh}`;
  if (state === 'running') return `meshwright status ${mesh} --watch`;
  return `meshwright install -f mesh.yaml · meshwright history ${mesh}`;
}
