import type { WritePermit } from '../ports/write-permit.ts';
import { pause } from './pause.ts';

/**
 * How long a confirmation is trusted, as a share of the heartbeat timeout: it renewed the attempt's life for a whole one, so the other half is the
 * time that a write has to arrive before another attempt can begin.
 */
const TRUSTED_SHARE = 0.5;
/** Pause before Temporal is asked again after it did not answer, in milliseconds. */
const AGAIN_MS = 250;

/** An instant by two clocks. */
export type Instant = {
  /** Milliseconds of a clock that never jumps, and goes on while a process is frozen. */
  steadyMs: number;
  /** Milliseconds of the wall clock: when a whole machine was suspended, only this one shows it. */
  wallMs: number;
};

/** What Temporal says of an attempt: `over` when it was superseded, cancelled, paused or reset, `silent` when there was no answer. */
export type AttemptLife = 'current' | 'over' | 'silent';

/** What a lease is made of. */
export type LeaseTerms = {
  /** Heartbeats at Temporal and answers what it said; one that was received renews the attempt for `heartbeatTimeoutMs` from then on. */
  renew(limitMs: number): Promise<AttemptLife>;
  /** Time without a heartbeat after which another attempt begins, in milliseconds. */
  heartbeatTimeoutMs: number;
  /** Time after which another attempt begins anyway, in milliseconds from now on. */
  attemptMs: number;
  /** Aborts when the attempt learns that it is over. */
  signal: AbortSignal;
  /** Now. */
  now(): Instant;
};

/**
 * A lease on being the current attempt. A heartbeat that Temporal has taken is the confirmation: nobody else begins within the heartbeat timeout from then
 * on, and the attempt counts it from before it asked. So a freeze, a blocked event loop or a partition, however long, ends
 * the lease by itself before it ends the attempt. Concurrent writes share one question.
 */
export function attemptLease(terms: LeaseTerms): WritePermit {
  const { heartbeatTimeoutMs, attemptMs, signal, now } = terms;
  const trustedMs = heartbeatTimeoutMs * TRUSTED_SHARE;
  const beganAt = now();
  let confirmedAt: Instant | null = null;
  let asking: Promise<void> | null = null;

  const nearItsEnd = (): boolean => elapsedMs(beganAt, now()) >= attemptMs - heartbeatTimeoutMs;
  const holds = (): boolean =>
    confirmedAt !== null && elapsedMs(confirmedAt, now()) < trustedMs && !nearItsEnd();

  const ask = async (): Promise<void> => {
    while (!holds()) {
      const askedAt = now();
      const life = await terms.renew(trustedMs);
      if (life === 'current') confirmedAt = askedAt;
      // Whoever is over hears so with its next heartbeat.
      if (life === 'over' || nearItsEnd()) await pause(Number.POSITIVE_INFINITY, signal);
      if (life === 'silent') await pause(AGAIN_MS, signal);
      signal.throwIfAborted();
    }
  };

  return {
    confirmed: async () => {
      signal.throwIfAborted();
      if (holds()) return;
      asking ??= ask().finally(() => (asking = null));
      await asking;
    },
    holds,
  };
}

function elapsedMs(from: Instant, to: Instant): number {
  return Math.max(to.steadyMs - from.steadyMs, to.wallMs - from.wallMs);
}
