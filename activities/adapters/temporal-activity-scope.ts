import { Context } from '@temporalio/activity';
import { firstScheduledAt } from '../attempt/clock-interceptor.ts';
import { lastHeartbeat, sayHeartbeat } from '../attempt/heartbeat-interceptor.ts';
import type { ActivityScope } from '../ports/activity-scope.ts';

/** The scope of whatever activity is running where it is asked: the SDK keeps the context in AsyncLocalStorage. */
export const temporalActivityScope: ActivityScope = {
  get signal() {
    return Context.current().cancellationSignal;
  },
  get scheduledAt() {
    return firstScheduledAt(Context.current());
  },
  report: (heartbeat) => sayHeartbeat(Context.current(), heartbeat),
  awayAt: (waitingFor) => {
    const said = lastHeartbeat(Context.current());
    return (said.waitingFor === waitingFor ? said.awayAt : null) ?? null;
  },
  now: () => new Date().toISOString(),
};
