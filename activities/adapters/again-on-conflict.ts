import { BACKOFF_TRIES, backoffMs } from '../attempt/backoff.ts';
import { rest } from '../attempt/pause.ts';
import { type ApiAnswer, statusOf } from './api-connection.ts';

/**
 * Writes, and again while another writer was faster, up to five times; answers how the last try ended. `work` asks the API server each time, which tells of a
 * signal that has aborted.
 */
export async function againOnConflict<T>(
  lost: (outcome: T) => boolean,
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await work();
    if (tries === BACKOFF_TRIES || !lost(outcome)) return outcome;
    await rest(backoffMs(tries), signal);
  }
}

/** Whether a write met another one: the API server tries a patch five times itself before it says so. A field's owner is another matter. */
function wasModified({ code, body }: ApiAnswer): boolean {
  const { reason, message = '', details } = statusOf(body);
  return (
    code === 409 &&
    reason === 'Conflict' &&
    (details?.causes ?? []).length === 0 &&
    message.includes('the object has been modified')
  );
}

/**
 * Sends a write, and again while it met another one. Only for writes whose content does not come from what was read: one under a lock of the caller's own is
 * the caller's to read again.
 */
export function againWhileModified(
  write: () => Promise<ApiAnswer>,
  signal: AbortSignal | undefined,
): Promise<ApiAnswer> {
  return againOnConflict(wasModified, write, signal);
}
