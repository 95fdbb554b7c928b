import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until the answer is yes.
 *
 * @param what what is waited for, as the error says it
 * @param check true when it holds; an error counts as "not yet" and is kept for the message
 * @param timeoutMs limit in milliseconds
 * @param pollMs pause between two questions. @default 100
 * @throws {Error} when the limit passes, with the last thing seen
 */
export async function awaitCondition(
  what: string,
  check: () => Promise<boolean>,
  timeoutMs: number,
  pollMs = 100,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let seen = 'not yet';
    try {
      if (await check()) return;
    } catch (error) {
      seen = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${Math.round(timeoutMs / 1000)}s; last: ${seen}`);
    }
    await delay(pollMs);
  }
}
