import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { limitedWait, type LimitedWait } from '../../../activities/attempt/limited-wait.ts';
import { MeshFailure } from '../../../mesh/failure.ts';
import { type FakeScope, fakeScope } from '../../support/fake-ports.ts';

const WAIT = { what: 'an address', cluster: 'east', limitMs: 60_000, cure: 'make one' };
const GONE = new MeshFailure('ClusterUnreachable', 'east: nothing listens there');

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** Starts a wait in an attempt of its own and answers whether it has ended, and how. */
function attempt(
  run: (wait: LimitedWait) => Promise<unknown>,
  scope: FakeScope,
): { failure: MeshFailure | null } {
  const seen: { failure: MeshFailure | null } = { failure: null };
  limitedWait(scope, WAIT, run).catch((error: MeshFailure) => (seen.failure = error));
  return seen;
}

const forEver = (wait: LimitedWait): Promise<unknown> => wait.sleep(3_600_000);

/** The scope of the next attempt of a step, which knows what the one before said last. */
function nextScope({ scheduledAt, reported }: FakeScope): FakeScope {
  return { ...fakeScope(scheduledAt), awayAt: () => reported.at(-1)?.awayAt ?? null };
}

test('an attempt that begins after the limit looks for ten seconds yet', async () => {
  const scope = fakeScope(new Date(Date.now() - 600_000).toISOString());
  const seen = attempt(forEver, scope);
  await jest.advanceTimersByTimeAsync(9_900);
  expect(seen.failure).toBeNull();
  await jest.advanceTimersByTimeAsync(200);
  expect(seen.failure?.type).toBe('WaitTimedOut');
});

test('a cluster that was away longer than the limit has the whole limit when it is back', async () => {
  const scope = fakeScope();
  await jest.advanceTimersByTimeAsync(30_000);
  const gone = attempt(() => Promise.reject(GONE), scope);
  await jest.advanceTimersByTimeAsync(0);
  expect(gone.failure).toBe(GONE);
  expect(scope.reported.at(-1)).toEqual({
    waitingFor: WAIT.what,
    reason: GONE.message,
    since: scope.scheduledAt,
    awayAt: new Date().toISOString(),
  });

  await jest.advanceTimersByTimeAsync(500_000);
  const still = nextScope(scope);
  attempt(() => Promise.reject(GONE), still);
  await jest.advanceTimersByTimeAsync(5_000);
  const back = nextScope(still);
  const seen = attempt(forEver, back);
  await jest.advanceTimersByTimeAsync(54_000);
  expect(seen.failure).toBeNull();
  await jest.advanceTimersByTimeAsync(2_000);
  expect(seen.failure?.type).toBe('WaitTimedOut');
});

test('a wait that goes on while its cluster is away says so, and its limit does not run meanwhile', async () => {
  const scope = fakeScope();
  const seen = attempt(async (wait) => {
    for (let asked = 0; asked < 300; asked += 1) {
      wait.failed(GONE, 'nobody answers');
      await wait.sleep(1_000);
    }
    wait.reason('not yet');
    await forEver(wait);
  }, scope);
  await jest.advanceTimersByTimeAsync(299_000);
  expect(scope.reported.at(-1)?.reason).toBe(`nobody answers: ${GONE.message}`);
  expect(seen.failure).toBeNull();
  await jest.advanceTimersByTimeAsync(55_000);
  expect(scope.reported.at(-1)?.reason).toBe('not yet');
  expect(seen.failure).toBeNull();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(seen.failure?.type).toBe('WaitTimedOut');
});

test('a failure that is an answer of the cluster lets the limit run', async () => {
  const seen = attempt(async (wait) => {
    for (;;) {
      wait.failed(new MeshFailure('ApiUnavailable', 'failed calling webhook'));
      await wait.sleep(1_000);
    }
  }, fakeScope());
  await jest.advanceTimersByTimeAsync(61_000);
  expect(seen.failure?.type).toBe('WaitTimedOut');
});
