import { backoffMs } from './backoff.ts';

/** Tries in all; who loses five times in a row has met somebody who writes all the time. */
const TRIES = 5;

/**
 * Does work that reads and writes what it read, and does it again from the reading on while another writer was faster, up to five times.
 * @throws what the work throws: the last race, or at once what is no race.
 */
export async function againOnRace<T>(
  isRace: (error: unknown) => boolean,
  work: () => Promise<T>,
  tries = 1,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (tries === TRIES || !isRace(error)) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, backoffMs(tries)));
  return againOnRace(isRace, work, tries + 1);
}
