import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { StepOutcome } from '../../mesh/plan/plan.ts';

/**
 * Adds to a step's outcome how many attempts it took: the workflow learns of an activity's end only, and people who look
 * afterwards want to know that it was not smooth.
 */
export function attemptsInterceptor({ info }: Context): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        const outcome = (await next(input)) as StepOutcome;
        return info.attempt === 1 ? outcome : { ...outcome, attempts: info.attempt };
      },
    },
  };
}
