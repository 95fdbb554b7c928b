import type { MeshProgress, StepProgress } from '../../contract/mesh-status.ts';
import type { Snapshot } from '../live/snapshot.ts';
import { painted, sign } from './look.ts';
import type { Line, Look } from './look.ts';
import { changedObjects, count } from './step-text.ts';
import { again, byWhom, decidedLines, missingLines } from './decision-lines.ts';
import { stepCard } from './step-card.ts';
import { elapsedBetween } from './time.ts';

/** Renders how an operation ended, or why it waits for a person, with what to do next. */
export function renderEnd(snapshot: Snapshot, uiUrl: string, look: Look): Line[] {
  const { mesh, operation, steps } = snapshot.progress;
  const took = elapsedBetween(operation.startedAt, operation.finishedAt, look);
  const { progress, failure } = snapshot;
  const bad = steps.filter(
    (step) => step.state === 'blocked' || (step.state === 'failed' && step.failure !== null),
  );
  const cards = bad.flatMap((step): Line[] => [...stepCard(progress, step, uiUrl, look), []]);
  const undone = operation.canceled?.undo === true;
  switch (operation.state) {
    case 'succeeded': {
      const what = operation.kind === 'uninstall' ? removedText(progress) : changedText(progress);
      return [
        [
          sign('done', look),
          painted(` ${mesh}`, 'bold'),
          ` · ${operation.kind} succeeded in ${took} · ${what}`,
        ],
        ...remainsLines(steps),
        ...missingLines(progress, look),
      ];
    }
    case 'paused':
      return [...cards, ...decidedLines(progress, look)];
    case 'blocked':
      return [...cards, ['Nothing is lost: the run waits. (exit 3)']];
    case 'failed':
      if (operation.kind === 'uninstall' && failure === null && bad.length === 0)
        return leftBehindLines(progress, took, uiUrl, look);
      return [
        ...cards,
        [
          sign('failed', look),
          painted(` ${mesh}`, 'bold'),
          ` · ${operation.kind} failed after ${took}${failure === null || bad.length > 0 ? '' : `: ${failure.message}`}`,
        ],
        ...(failure === null || bad.length > 0
          ? []
          : failure.lines.map((line): Line => ['  ', line])),
        ...(failure?.cure != null && bad.length === 0 ? [['  try: ', failure.cure] as Line] : []),
        ['  UI   ', uiUrl],
      ];
    case 'canceled':
      return [
        [
          sign('failed', look),
          painted(` ${mesh}`, 'bold'),
          ` · ${operation.kind} was canceled${undone ? ' and taken back' : ''} after ${took}${byWhom(operation.canceled)}`,
        ],
        [
          '  next ',
          again(operation.kind, mesh),
          undone ? ' begins anew' : ' goes on from what is there',
        ],
        ['  UI   ', uiUrl],
      ];
    default:
      return [
        [
          sign('running', look),
          painted(` ${mesh}`, 'bold'),
          ` · ${operation.kind} goes on · ${took}`,
        ],
      ];
  }
}

function changedText(progress: MeshProgress): string {
  const changed = changedObjects(progress);
  return changed === 0
    ? 'nothing to change, everything is as the file says'
    : `${count(changed, 'object')} changed`;
}

function removedText(progress: MeshProgress): string {
  const removed = changedObjects(progress);
  return removed === 0 ? 'there was nothing to remove' : `${count(removed, 'object')} removed`;
}

/** What stays after a removal and why; what cannot be told of a cluster is told of the mesh. */
function remainsLines(steps: readonly StepProgress[]): Line[] {
  return steps
    .filter((step) => step.state === 'done')
    .flatMap((step) => step.lines.map((line): Line => [`  ${step.cluster ?? 'mesh'}: `, line]));
}

/** An uninstall that came to its end without some clusters. */
function leftBehindLines(progress: MeshProgress, took: string, uiUrl: string, look: Look): Line[] {
  const { mesh, steps } = progress;
  const left = steps.filter((step) => step.kind === 'removeCluster' && step.state === 'skipped');
  const cures = new Set(left.flatMap((step) => step.cure ?? []));
  return [
    [
      sign('failed', look),
      painted(` ${mesh}`, 'bold'),
      ` · uninstalled in ${took} but for ${left.map((step) => step.cluster).join(', ')} · ${removedText(progress)}`,
    ],
    ...left.map((step): Line => [`  ${step.cluster ?? ''}: `, step.reason ?? '']),
    ...remainsLines(steps),
    ...[...cures].map((cure): Line => ['  try: ', cure]),
    ['  UI   ', uiUrl],
  ];
}
