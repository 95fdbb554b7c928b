import { setTimeout as pause } from 'node:timers/promises';
import { isAway } from '../grpc-errors.ts';
import { ENDED_STATES } from '../history/operation-record.ts';
import type { ProgressView } from './progress-view.ts';
import type { Snapshot } from './snapshot.ts';

/** How following ended. */
export type FollowEnd = {
  /** `ended`: the operation is over; `blocked`: it waits for a person, or is paused and nothing runs any more; the others say why we stopped looking. */
  how: 'ended' | 'blocked' | 'timeout' | 'interrupted';
  /** The last snapshot; null when none could be read. */
  snapshot: Snapshot | null;
};

/** How to follow. */
export type FollowOptions = {
  /** Reads a snapshot; may throw while Temporal is away. */
  read(): Promise<Snapshot>;
  /** Shows what was read. */
  view: ProgressView;
  /** Ends the following, not the operation. */
  signal: AbortSignal;
  /** Limit of following, in milliseconds; null for none. */
  timeoutMs: number | null;
  /** Whether an operation that waits for a person is followed on. */
  throughBlocked: boolean;
  /** Last line of the live tree; null for none. */
  footer: string | null;
  /** Looks at each snapshot before it is shown; answers lines that stay on the screen, or throws to end the following. */
  inspect?(snapshot: Snapshot): readonly string[];
};

const RUNNING: ReadonlySet<string> = new Set(['running', 'waiting', 'retrying']);
/** Time between two snapshots, in milliseconds; what is shown lags a second at most. */
const POLL_MS = 500;

/**
 * Follows an operation: the first snapshot is shown at once, so that one which is over already ends the following. Goes on
 * while Temporal is away, for the operation does not need us.
 */
export async function follow(options: FollowOptions): Promise<FollowEnd> {
  const { view, signal, timeoutMs, footer } = options;
  const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  let snapshot: Snapshot | null = null;
  let awaySince: string | null = null;
  try {
    for (;;) {
      if (signal.aborted) return { how: 'interrupted', snapshot };
      const read = await interruptible(readOrAway(options), signal);
      if (read === 'interrupted') return { how: 'interrupted', snapshot };
      awaySince = read === 'away' ? (awaySince ?? new Date().toISOString()) : null;
      if (read !== 'away') snapshot = read;
      if (snapshot === null) view.showAway(awaySince ?? new Date().toISOString());
      else {
        const lines = read === 'away' ? [] : (options.inspect?.(snapshot) ?? []);
        if (lines.length > 0) view.print(lines);
        const over = read !== 'away' && isOver(snapshot, options.throughBlocked);
        view.show(snapshot, { temporalAwaySince: awaySince, footer: over ? null : footer });
        if (over)
          return {
            how: ENDED_STATES.has(snapshot.progress.operation.state) ? 'ended' : 'blocked',
            snapshot,
          };
      }
      if (Date.now() >= deadline) return { how: 'timeout', snapshot };
      await pause(Math.min(POLL_MS, deadline - Date.now()), undefined, { signal }).catch(
        () => undefined,
      );
    }
  } finally {
    view.end();
  }
}

function isOver({ progress }: Snapshot, throughBlocked: boolean): boolean {
  const { state } = progress.operation;
  if (ENDED_STATES.has(state) || (state === 'blocked' && !throughBlocked)) return true;
  const runs = progress.steps.some((step) => RUNNING.has(step.state));
  return state === 'paused' && !runs && !throughBlocked;
}

async function readOrAway({ read }: FollowOptions): Promise<Snapshot | 'away'> {
  try {
    return await read();
  } catch (error) {
    if (isAway(error)) return 'away';
    throw error;
  }
}

/** Ctrl-C must not wait for an answer that may take seconds. */
async function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'interrupted'> {
  let stop: (() => void) | undefined;
  const interrupted = new Promise<'interrupted'>((resolve) => {
    stop = () => resolve('interrupted');
    signal.addEventListener('abort', stop, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
