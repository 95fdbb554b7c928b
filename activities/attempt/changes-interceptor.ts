import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { STEP_TIMING } from '../../contract/step-activities.ts';
import { LISTED_CHANGES } from '../../mesh/plan/object-changes.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { changeRecorder } from './attempt-changes.ts';

/** Adds to a step's outcome what its attempts wrote in clusters. The sync's activities tell of before and after by themselves. */
export function changesInterceptor(context: Context): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        const outcome = (await next(input)) as StepOutcome;
        if (!Object.hasOwn(STEP_TIMING, context.info.activityType)) return outcome;
        const changes = changeRecorder(context).changes(LISTED_CHANGES);
        return changes === null ? outcome : { ...outcome, changes };
      },
    },
  };
}
