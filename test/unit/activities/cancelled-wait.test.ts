import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { temporalActivityScope } from '../../../activities/adapters/temporal-activity-scope.ts';
import { limitedWait } from '../../../activities/attempt/limited-wait.ts';

/** What ended the process if this were a worker: errors that nobody has caught. */
let uncaught: unknown[];
const keep = (error: unknown): void => void uncaught.push(error);

beforeEach(() => {
  uncaught = [];
  process.on('uncaughtException', keep);
});

afterEach(() => {
  process.off('uncaughtException', keep);
});

test('a wait ends with the cancellation of its activity, which comes from outside of it', async () => {
  const env = new MockActivityEnvironment();
  const waiting = env.run(() =>
    limitedWait(
      temporalActivityScope,
      { what: 'an address', cluster: 'cluster1', limitMs: 60_000, cure: 'make one' },
      (wait) => wait.sleep(50_000),
    ),
  );
  await new Promise((resolve) => setImmediate(resolve));
  env.cancel();
  await expect(waiting).rejects.toBeInstanceOf(CancelledFailure);
  await new Promise((resolve) => setImmediate(resolve));
  expect(uncaught).toEqual([]);
});
