import type { Snapshot } from '../live/snapshot.ts';
import { painted, sign } from './look.ts';
import type { Line, Look } from './look.ts';
import { changedObjects, count } from './step-text.ts';
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
  switch (operation.state) {
    case 'succeeded': {
      const changed = changedObjects(progress);
      const what =
        changed === 0
          ? 'nothing to change, everything is as the file says'
          : `${count(changed, 'object')} changed`;
      return [
        [
          sign('done', look),
          painted(` ${mesh}`, 'bold'),
          ` · ${operation.kind} succeeded in ${took} · ${what}`,
        ],
      ];
    }
    case 'blocked':
      return [...cards, ['Nothing is lost: the run waits. (exit 3)']];
    case 'failed':
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
          ` · ${operation.kind} was canceled after ${took}`,
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
