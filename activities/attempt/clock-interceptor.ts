import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { StepClock } from '../../contract/step-activities.ts';

/** When the steps of running attempts were scheduled in an earlier run of their workflow; an attempt is its context. */
const clocks = new WeakMap<Context, StepClock>();

/** Keeps the clock of a step that goes on from an earlier run of its workflow, so that its limits do not begin anew. */
export function clockInterceptor(context: Context): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        const clock = input.args[1] as StepClock | undefined;
        if (clock !== undefined) clocks.set(context, clock);
        return next(input);
      },
    },
  };
}

/** When the step that an attempt belongs to was first scheduled, in whichever run of its workflow; ISO-8601. */
export function firstScheduledAt(context: Context): string {
  const own = new Date(context.info.scheduledTimestampMs).toISOString();
  return clocks.get(context)?.scheduledAt ?? own;
}
