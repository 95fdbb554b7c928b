import { Context } from '@temporalio/activity';
import { firstScheduledAt } from '../attempt/clock-interceptor.ts';
import { sayHeartbeat } from '../attempt/heartbeat-interceptor.ts';
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
  now: () => new Date().toISOString(),
};
