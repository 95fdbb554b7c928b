import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { temporalActivityScope } from '../../../activities/adapters/temporal-activity-scope.ts';
import { heartbeatInterceptor } from '../../../activities/attempt/heartbeat-interceptor.ts';
import type { StepHeartbeat } from '../../../contract/step-activities.ts';

const WAITING: StepHeartbeat = {
  waitingFor: 'an address',
  reason: 'pending',
  since: '2026-11-21T08:00:00.000Z',
};

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

function environment(info: { heartbeatTimeoutMs?: number; heartbeatDetails?: unknown }): {
  env: MockActivityEnvironment;
  beats: unknown[];
} {
  const env = new MockActivityEnvironment(info, { interceptors: [heartbeatInterceptor] });
  const beats: unknown[] = [];
  env.on('heartbeat', (details) => beats.push(details));
  return { env, beats };
}

test('heartbeats at once and every second with what the step said last, and no longer than it runs', async () => {
  const { env, beats } = environment({ heartbeatTimeoutMs: 4_000 });
  await env.run(async () => {
    await jest.advanceTimersByTimeAsync(1_000);
    temporalActivityScope.report(WAITING);
    await jest.advanceTimersByTimeAsync(2_000);
  });
  const working = { waitingFor: null, reason: null, since: null };
  expect(beats).toEqual([working, working, WAITING, WAITING, WAITING]);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(beats).toHaveLength(5);
});

test('an attempt goes on with what the one before waited for, since when it did', async () => {
  const { env, beats } = environment({ heartbeatTimeoutMs: 4_000, heartbeatDetails: WAITING });
  await env.run(async () => {
    temporalActivityScope.report({
      ...WAITING,
      reason: 'still pending',
      since: '2026-11-21T09:00:00.000Z',
    });
    temporalActivityScope.report({
      ...WAITING,
      waitingFor: 'something else',
      since: '2026-11-21T09:00:00.000Z',
    });
  });
  expect(beats).toEqual([
    WAITING,
    { ...WAITING, reason: 'still pending' },
    { ...WAITING, waitingFor: 'something else', since: '2026-11-21T09:00:00.000Z' },
  ]);
});

test('an attempt knows when the cluster was last away while the same was awaited', async () => {
  const awayAt = '2026-11-21T08:30:00.000Z';
  const heartbeatDetails = { ...WAITING, awayAt };
  const { env, beats } = environment({ heartbeatTimeoutMs: 4_000, heartbeatDetails });
  await env.run(async () => {
    expect(temporalActivityScope.awayAt(WAITING.waitingFor ?? '')).toBe(awayAt);
    temporalActivityScope.report({ ...WAITING, waitingFor: 'something else' });
    expect(temporalActivityScope.awayAt('something else')).toBeNull();
  });
  expect(beats).toEqual([heartbeatDetails, { ...WAITING, waitingFor: 'something else' }]);
});

test('an activity without a heartbeat timeout does not heartbeat', async () => {
  const { env, beats } = environment({});
  await env.run(async () => {
    temporalActivityScope.report(WAITING);
    await jest.advanceTimersByTimeAsync(3_000);
  });
  expect(beats).toEqual([]);
});

test('the scope of an activity is its own, however many run at once', async () => {
  const first = environment({ heartbeatTimeoutMs: 4_000 });
  const second = environment({ heartbeatTimeoutMs: 4_000 });
  const say = (env: MockActivityEnvironment, waitingFor: string): Promise<boolean> =>
    env.run(async () => {
      await jest.advanceTimersByTimeAsync(10);
      temporalActivityScope.report({ ...WAITING, waitingFor });
      return temporalActivityScope.signal.aborted;
    });
  first.env.cancel();
  expect(await Promise.all([say(first.env, 'one'), say(second.env, 'two')])).toEqual([true, false]);
  expect(first.beats.at(-1)).toMatchObject({ waitingFor: 'one' });
  expect(second.beats.at(-1)).toMatchObject({ waitingFor: 'two' });
});
