import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../attempt/backoff.ts';
import { type ApiAnswer, statusOf } from './api-connection.ts';

const TRIES = 5;

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
 * Sends a write, and again while another writer was faster, up to five times. Only for writes whose content does not come from what was read: one under a
 * lock of the caller's own is the caller's to read again.
 */
export async function againWhileModified(
  write: () => Promise<ApiAnswer>,
  signal: AbortSignal | undefined,
  tries = 1,
): Promise<ApiAnswer> {
  const answer = await write();
  if (tries === TRIES || !wasModified(answer)) return answer;
  // An early end is told by the next write.
  await sleep(backoffMs(tries), undefined, { signal }).catch(() => undefined);
  return againWhileModified(write, signal, tries + 1);
}
