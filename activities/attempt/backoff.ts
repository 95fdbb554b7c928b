/** Tries in all of what is tried again after these pauses; who loses five times in a row has met what lasts. */
export const BACKOFF_TRIES = 5;

const FIRST_MS = 100;
const FACTOR = 2;
const MAXIMUM_MS = 2_000;

/**
 * Pause before the try that follows on `tries`, in milliseconds: it doubles, up to 2 s, and differs from case to case (half of it is chance), lest
 * what failed at once comes again at once.
 */
export function backoffMs(tries: number): number {
  return Math.min(FIRST_MS * FACTOR ** (tries - 1), MAXIMUM_MS) * (0.5 + Math.random() / 2);
}
