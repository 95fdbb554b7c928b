import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { activityIdOf } from '../contract/activity-ids.ts';
import { HEARTBEAT_TIMEOUT_MS, RETRY, STEP_TIMING } from '../contract/step-activities.ts';
import type { StepActivities, StepClock } from '../contract/step-activities.ts';
import type { PlanStep, StepOutcome } from '../mesh/plan/plan.ts';

/** The Temporal UI cuts labels of its timeline at 120 characters. */
const SUMMARY_LIMIT = 100;

/**
 * Runs the activity of a step. Which failures are retried is said by the failure itself, so attempts are unlimited and no
 * types are listed. A `clock` tells a step that goes on from an earlier run when it began. On cancellation the activity is given the time to stop: what it has under way must not outlive the run.
 */
export function callStep(
  step: PlanStep,
  round: number,
  clock: StepClock | null = null,
): Promise<StepOutcome> {
  const activities = proxyActivities<StepActivities>({
    activityId: activityIdOf(step.id, round),
    summary: summaryOf(step, round),
    startToCloseTimeout: STEP_TIMING[step.kind].attemptMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: {
      initialInterval: RETRY.initialMs,
      backoffCoefficient: RETRY.factor,
      maximumInterval: RETRY.maximumMs,
    },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
  // TypeScript does not see that kind and input of one step belong together.
  const activity = activities[step.kind] as (
    ...args: [input: PlanStep['input'], clock?: StepClock]
  ) => Promise<StepOutcome>;
  return clock === null ? activity(step.input) : activity(step.input, clock);
}

function summaryOf(step: PlanStep, round: number): string {
  const text = `${step.cluster ?? 'mesh'} · ${step.title}${round === 1 ? '' : ` · round ${round}`}`;
  return [...text].slice(0, SUMMARY_LIMIT).join('');
}
