import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  type AttemptLife,
  attemptLease,
  type LeaseTerms,
} from '../../../activities/attempt/attempt-lease.ts';
import type { WritePermit } from '../../../activities/ports/write-permit.ts';

describe('the lease of an attempt', () => {
  let clock: { steadyMs: number; wallMs: number };
  let lives: AttemptLife[];
  let questions: number;
  let answerMs: number;
  let attempt: AbortController;

  beforeEach(() => {
    clock = { steadyMs: 1_000, wallMs: 1_700_000_000_000 };
    lives = [];
    questions = 0;
    answerMs = 5;
    attempt = new AbortController();
  });

  function pass(ms: number): void {
    clock = { steadyMs: clock.steadyMs + ms, wallMs: clock.wallMs + ms };
  }

  /** Temporal answers as the lives say, the last one for ever; each answer takes its time. */
  function lease(more: Partial<LeaseTerms> = {}): WritePermit {
    return attemptLease({
      renew: () => {
        questions += 1;
        pass(answerMs);
        return Promise.resolve(lives.shift() ?? 'current');
      },
      heartbeatTimeoutMs: 4_000,
      attemptMs: 60_000,
      signal: attempt.signal,
      now: () => clock,
      ...more,
    });
  }

  /** What a promise has come to once everything that is due has run. */
  async function stateOf(work: Promise<unknown>): Promise<string> {
    let state = 'waits';
    work.then(
      () => (state = 'written'),
      (error: unknown) => (state = String((error as Error).message)),
    );
    await new Promise((resolve) => setTimeout(resolve, 0));
    return state;
  }

  test('holds nothing before it was confirmed', () => {
    expect(lease().holds()).toBe(false);
  });

  test('asks once for all writes of two seconds', async () => {
    const permit = lease();
    for (let write = 0; write < 19; write += 1) {
      await permit.confirmed();
      expect(permit.holds()).toBe(true);
      pass(100);
    }
    expect(questions).toBe(1);
    pass(100);
    await permit.confirmed();
    expect(questions).toBe(2);
  });

  test('shares one question among writes that ask at once', async () => {
    const permit = lease();
    await Promise.all(Array.from({ length: 16 }, () => permit.confirmed()));
    expect(questions).toBe(1);
  });

  test('ends by itself while the process is frozen', async () => {
    const permit = lease();
    await permit.confirmed();
    pass(2_000);
    expect(permit.holds()).toBe(false);
  });

  test('ends when the machine was suspended, which the steady clock does not show', async () => {
    const permit = lease();
    await permit.confirmed();
    clock = { ...clock, wallMs: clock.wallMs + 3_600_000 };
    expect(permit.holds()).toBe(false);
  });

  test('is no longer for a wall clock that is set back', async () => {
    const permit = lease();
    await permit.confirmed();
    clock = { steadyMs: clock.steadyMs + 2_000, wallMs: clock.wallMs - 3_600_000 };
    expect(permit.holds()).toBe(false);
  });

  test('counts from before the question: an answer that was long under way confirms nothing', async () => {
    answerMs = 2_000;
    const permit = lease();
    const writing = permit.confirmed();
    lives = ['current', 'current'];
    answerMs = 10;
    await writing;
    expect(questions).toBe(2);
    expect(permit.holds()).toBe(true);
  });

  test('lets nothing be written by an attempt that is over, which ends when it hears so', async () => {
    lives = ['over'];
    const permit = lease();
    const writing = permit.confirmed();
    expect(await stateOf(writing)).toBe('waits');
    attempt.abort(new Error('superseded'));
    expect(await stateOf(writing)).toBe('superseded');
    expect(await stateOf(permit.confirmed())).toBe('superseded');
    expect(questions).toBe(1);
  });

  test('lets writes wait while Temporal is silent, and go out when it answers', async () => {
    lives = ['silent', 'silent', 'current'];
    const permit = lease();
    const writing = permit.confirmed();
    expect(await stateOf(writing)).toBe('waits');
    await writing;
    expect(questions).toBe(3);
  });

  test('lets a cancelled attempt wait no longer for a silent Temporal', async () => {
    const permit = lease({ renew: () => Promise.resolve('silent') });
    const writing = permit.confirmed();
    expect(await stateOf(writing)).toBe('waits');
    attempt.abort(new Error('cancelled'));
    await expect(writing).rejects.toThrow('cancelled');
  });

  test('lets nothing be written at the end of the time that one attempt has', async () => {
    const permit = lease({ attemptMs: 10_000 });
    await permit.confirmed();
    pass(6_000);
    expect(permit.holds()).toBe(false);
    const writing = permit.confirmed();
    expect(await stateOf(writing)).toBe('waits');
    attempt.abort(new Error('timed out'));
    expect(await stateOf(writing)).toBe('timed out');
  });
});
