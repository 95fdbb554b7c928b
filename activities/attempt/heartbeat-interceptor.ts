import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { StepHeartbeat } from '../../contract/step-activities.ts';
import { writtenSoFar } from './attempt-changes.ts';

/**
 * How often every activity heartbeats, in milliseconds. The SDK sends at most one per 0.8 × heartbeatTimeout, which would leave
 * 0.8 s of grace: workers set `maxHeartbeatThrottleInterval` to this too.
 */
export const HEARTBEAT_INTERVAL_MS = 1_000;

const WORKING: StepHeartbeat = { waitingFor: null, reason: null, since: null };
/** What each running attempt said last; an attempt is its context. */
const said = new WeakMap<Context, StepHeartbeat>();

/**
 * Heartbeats while an activity runs, with what it said last, so that steps do not have to: a worker that died is noticed, and
 * cancellation arrives.
 */
export function heartbeatInterceptor(context: Context): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        if (context.info.heartbeatTimeoutMs === undefined) return next(input);
        const beat = (): void => context.heartbeat(lastHeartbeat(context));
        beat();
        const timer = setInterval(beat, HEARTBEAT_INTERVAL_MS);
        try {
          return await next(input);
        } catch (error) {
          // What it has written since the last beat is for the attempt that follows.
          beat();
          throw error;
        } finally {
          clearInterval(timer);
        }
      },
    },
  };
}

/** What an attempt said last (what the attempt before it said, as long as it has not spoken), and what both have written. */
export function lastHeartbeat(context: Context): StepHeartbeat {
  const { waitingFor, reason, since, awayAt } = said.get(context) ?? previousOf(context) ?? WORKING;
  const away = awayAt === undefined ? {} : { awayAt };
  return { waitingFor, reason, since, ...away, ...writtenSoFar(context) };
}

/**
 * Says what an attempt is doing, at once and in all heartbeats that follow. What was awaited by the attempt before, when it was
 * the same, is awaited since then: a killed worker does not restart the clock.
 */
export function sayHeartbeat(context: Context, heartbeat: StepHeartbeat): void {
  const before = said.get(context) ?? previousOf(context);
  const since =
    heartbeat.waitingFor !== null && before?.waitingFor === heartbeat.waitingFor
      ? before.since
      : null;
  const kept =
    since !== null && (heartbeat.since === null || since < heartbeat.since)
      ? { ...heartbeat, since }
      : heartbeat;
  said.set(context, kept);
  if (context.info.heartbeatTimeoutMs !== undefined) context.heartbeat(lastHeartbeat(context));
}

/** Last heartbeat of the attempt before; null when there was none or it has another shape. */
function previousOf(context: Context): StepHeartbeat | null {
  const details = context.info.heartbeatDetails as Partial<StepHeartbeat> | undefined;
  return typeof details === 'object' && details !== null && 'waitingFor' in details
    ? { ...WORKING, ...details }
    : null;
}
