import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from '@jest/globals';
import { temporalActivityScope } from '../../../activities/adapters/temporal-activity-scope.ts';
import { clockInterceptor } from '../../../activities/attempt/clock-interceptor.ts';
import { limitedWait } from '../../../activities/attempt/limited-wait.ts';

const SCHEDULED = Date.parse('2026-11-26T10:00:00.000Z');
const info = { scheduledTimestampMs: SCHEDULED };

function environment(): MockActivityEnvironment {
  return new MockActivityEnvironment(info, { interceptors: [clockInterceptor] });
}

test('a step counts from when it was scheduled', async () => {
  const scheduledAt = await environment().run(async () => temporalActivityScope.scheduledAt);
  expect(scheduledAt).toBe('2026-11-26T10:00:00.000Z');
});

test('a step that goes on from an earlier run counts from when it was scheduled there', async () => {
  const clock = { scheduledAt: '2026-11-26T09:00:00.000Z' };
  const scheduledAt = await environment().run(
    async (_input: unknown, _clock: unknown) => temporalActivityScope.scheduledAt,
    {},
    clock,
  );
  expect(scheduledAt).toBe(clock.scheduledAt);
});

test('a wait whose limit passed in an earlier run looks once more and gives up', async () => {
  const before = Date.now();
  const waitFor = { what: 'an address', cluster: null, limitMs: 3_600_000, cure: 'repair it' };
  const wait = environment().run(
    (_input: unknown, _clock: unknown) =>
      limitedWait(temporalActivityScope, waitFor, () => new Promise<never>(() => undefined)),
    {},
    { scheduledAt: new Date(before - waitFor.limitMs).toISOString() },
  );
  await expect(wait).rejects.toMatchObject({ type: 'WaitTimedOut' });
  expect(Date.now() - before).toBeLessThan(30_000);
}, 60_000);
