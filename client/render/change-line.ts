import type { Change } from '../live/step-changes.ts';
import { painted, sign, writeLine } from './look.ts';
import type { Look } from './look.ts';
import { clock, elapsed } from './time.ts';

/** Writes a change as one line: time, cluster, what, how; null for one that a log need not have. */
export function changeLine(change: Change, look: Look): string | null {
  const { at, since, cluster, title, state, attempts, reason, still, step, mesh } = change;
  // that a step begins is told by the one before it; that it is still at it is worth a line
  if ((state === 'running' && step !== null && !still) || state === 'pending') return null;
  const mark = sign(state === 'succeeded' ? 'done' : state === 'canceled' ? 'failed' : state, look);
  const lasted =
    still || state === 'waiting' ? ` ${elapsed(Date.parse(at) - Date.parse(since))}` : '';
  const word = `${still ? 'still ' : ''}${state}${lasted}`;
  const tries = attempts > 1 && state !== 'skipped' ? ` (attempt ${attempts})` : '';
  // why an operation failed is said at length when following ends
  const why = reason === null || reason === '' || step === null ? '' : `: ${reason}`;
  const name = step === null ? mesh : cluster;
  return writeLine(
    [painted(clock(at), 'dim'), ' ', name.padEnd(10), ' ', mark, ` ${title} ${word}${tries}${why}`],
    {
      ...look,
      width: null,
    },
  );
}
