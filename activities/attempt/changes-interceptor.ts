import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { STEP_TIMING } from '../../contract/step-activities.ts';
import { countOf, LEAVES_NOTHING, LISTED_CHANGES } from '../../mesh/plan/object-changes.ts';
import type { StepChanges } from '../../mesh/plan/object-changes.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { changeRecorder } from './attempt-changes.ts';

/**
 * Adds to a step's outcome what its attempts wrote in clusters, and counts that instead of what the last of them did: one that was killed may have done
 * all there was to do. The sync's activities tell of before and after by themselves.
 */
export function changesInterceptor(context: Context): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        const outcome = (await next(input)) as StepOutcome;
        if (!Object.hasOwn(STEP_TIMING, context.info.activityType)) return outcome;
        const changes = changeRecorder(context).changes(LISTED_CHANGES);
        if (changes === null) return outcome;
        if (context.info.activityType === LEAVES_NOTHING) return { ...outcome, changes };
        return { ...withAllAttempts(outcome, changes, context.info.attempt), changes };
      },
    },
  };
}

/** What the step says of itself is about its last attempt, so the line for people says it where that was not all. */
function withAllAttempts(
  { changed, summary, ...others }: StepOutcome,
  changes: StepChanges,
  attempt: number,
): StepOutcome {
  const all = countOf(changes);
  const isMore = attempt > 1 && all > changed;
  return {
    ...others,
    changed: all,
    summary: isMore ? `${summary}; ${all} over ${attempt} attempts` : summary,
  };
}
