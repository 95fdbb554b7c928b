import { Context } from '@temporalio/activity';
import { ActivityCompletionError } from '@temporalio/client';
import { type AttemptLife, attemptLease } from '../attempt/attempt-lease.ts';
import { lastHeartbeat } from '../attempt/heartbeat-interceptor.ts';
import type { WritePermit } from '../ports/write-permit.ts';

/** Permits of running attempts; an attempt is its context. */
const permits = new WeakMap<Context, WritePermit>();

/**
 * The permit of whatever attempt is running where it is asked. It is confirmed by a heartbeat of its own: the SDK's heartbeats go out without telling whether
 * they arrived, and only one that did keeps other attempts away.
 */
export function temporalWritePermit(): WritePermit {
  const context = Context.current();
  const permit = permits.get(context) ?? leaseOf(context);
  permits.set(context, permit);
  return permit;
}

function leaseOf(context: Context): WritePermit {
  const { heartbeatTimeoutMs, startToCloseTimeoutMs } = context.info;
  return attemptLease({
    renew: (limitMs) => heartbeat(context, limitMs),
    // Without heartbeats only the limit of the attempt ends it.
    heartbeatTimeoutMs: heartbeatTimeoutMs ?? startToCloseTimeoutMs / 2,
    attemptMs: startToCloseTimeoutMs,
    signal: context.cancellationSignal,
    now: () => ({ steadyMs: performance.now(), wallMs: Date.now() }),
  });
}

async function heartbeat(context: Context, limitMs: number): Promise<AttemptLife> {
  const { client, info } = context;
  try {
    await client.withDeadline(Date.now() + limitMs, () =>
      client.activity.heartbeat(info.taskToken, lastHeartbeat(context)),
    );
    return 'current';
  } catch (error) {
    if (!(error instanceof ActivityCompletionError)) return 'over';
    context.log.warn('nothing is written before temporal answers', { reason: error.message });
    return 'silent';
  }
}
