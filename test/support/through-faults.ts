import { setTimeout as sleep } from 'node:timers/promises';
import { FAILURES, isMeshFailure } from '../../mesh/failure.ts';

/** A step that fails so often is not through. */
const ATTEMPTS = 40;

/** Runs a step again and again as the workflow does: what is retried is, not before the wait that was asked for, what is not ends it. */
export async function throughFaults<T>(
  step: () => Promise<T>,
  onFailure: (message: string) => void,
  attempt = 1,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!isMeshFailure(error) || !FAILURES[error.type].retried || attempt === ATTEMPTS) throw error;
    onFailure(error.message);
    await sleep(error.retryAfterMs ?? Math.min(100 * attempt, 1_000));
  }
  return throughFaults(step, onFailure, attempt + 1);
}
