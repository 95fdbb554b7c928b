import { stepOfActivity } from '../../contract/activity-ids.ts';
import type { OperationKind } from '../../contract/mesh-status.ts';
import { toldFailure } from '../../contract/told-failure.ts';
import type { ToldFailure } from '../../contract/told-failure.ts';
import type { FailureDetails } from '../../mesh/failure.ts';
import type { StepChanges } from '../../mesh/plan/object-changes.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { firstOf, isoTime, readFailure } from './decode.ts';
import type { HistoryEvent } from './decode.ts';
import { failedPairs } from './failed-pairs.ts';
import type { OperationRun } from './read-chain.ts';
import type { StoryEvent } from './story-event.ts';

/** What is known of a round of a step while it goes on. */
type Round = {
  step: string;
  round: number;
  scheduledAt: string;
  attempts: number;
  actor: string | null;
  failedBefore: ToldFailure | null;
};

/** An event that says nothing yet but what and when. */
export function anEvent(event: StoryEvent['event'], at: string, runId: string): StoryEvent {
  return {
    at,
    event,
    actor: null,
    runId,
    step: null,
    round: null,
    attempts: null,
    tookMs: null,
    detail: null,
    failure: null,
    failedBefore: null,
    decision: null,
    changes: null,
  };
}

/** Tells what the steps did in one run. */
export class StepStory {
  readonly #run: OperationRun;
  readonly #kind: OperationKind;
  /** Rounds by the event that scheduled them. */
  readonly #rounds = new Map<string, Round>();

  /** Takes one run of an operation. */
  constructor(run: OperationRun, kind: OperationKind) {
    this.#run = run;
    this.#kind = kind;
  }

  /** When the run started, ISO-8601; null when it has no events. */
  startedAt(): string | null {
    return isoTime(this.#run.events[0]?.eventTime);
  }

  /** Everything in the order of the history. */
  tell(): StoryEvent[] {
    return this.#run.events.flatMap((event) => this.#told(event, isoTime(event.eventTime) ?? ''));
  }

  #told(event: HistoryEvent, at: string): StoryEvent[] {
    const {
      activityTaskScheduledEventAttributes: scheduled,
      activityTaskStartedEventAttributes: started,
      activityTaskCompletedEventAttributes: completed,
      activityTaskCanceledEventAttributes: canceled,
    } = event;
    if (scheduled) {
      const round = {
        ...stepOfActivity(scheduled.activityId ?? ''),
        scheduledAt: at,
        attempts: 1,
        actor: null,
        failedBefore: null,
      };
      this.#rounds.set(String(event.eventId), round);
      const { step } = round;
      return [{ ...anEvent('stepStarted', at, this.#run.runId), step, round: round.round }];
    }
    if (started) {
      const round = this.#rounds.get(String(started.scheduledEventId));
      if (round === undefined) return [];
      round.attempts = started.attempt ?? 1;
      round.actor = started.identity || null;
      round.failedBefore = started.lastFailure
        ? toldFailure(readFailure(started.lastFailure))
        : null;
      return [];
    }
    if (completed)
      return this.#done(completed.scheduledEventId, at, firstOf<StepOutcome>(completed.result));
    if (canceled) {
      const details = firstOf<FailureDetails>(canceled.details);
      const failure = { type: 'Canceled', message: 'canceled before it was done' };
      return this.#failed(canceled.scheduledEventId, at, failure, details?.changes);
    }
    const failed =
      event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (failed) {
      const failure = readFailure(failed.failure);
      return this.#failed(failed.scheduledEventId, at, toldFailure(failure), failure.changes);
    }
    return event.workflowExecutionContinuedAsNewEventAttributes
      ? [anEvent('operationContinued', at, this.#run.runId)]
      : [];
  }

  #done(scheduled: unknown, at: string, outcome: StepOutcome | undefined): StoryEvent[] {
    const bad = failedPairs(this.#kind, outcome);
    const done = {
      ...this.#ended(bad === null ? 'stepDone' : 'stepFailed', scheduled, at),
      detail: outcome?.summary ?? null,
      failure: bad === null ? null : toldFailure(bad),
      changes: outcome?.changes ?? null,
    };
    const { plan } = outcome ?? {};
    if (plan === undefined) return [done];
    const planned = {
      ...anEvent('planned', at, this.#run.runId),
      actor: done.actor,
      detail: plan.summary.join('; '),
      planDigest: plan.digest,
    };
    return [done, planned];
  }

  #failed(
    scheduled: unknown,
    at: string,
    failure: ToldFailure,
    changes: StepChanges | undefined,
  ): StoryEvent[] {
    return [{ ...this.#ended('stepFailed', scheduled, at), failure, changes: changes ?? null }];
  }

  #ended(event: 'stepDone' | 'stepFailed', scheduled: unknown, at: string): StoryEvent {
    const ended = anEvent(event, at, this.#run.runId);
    const known = this.#rounds.get(String(scheduled));
    if (known === undefined) return ended;
    const { scheduledAt, ...round } = known;
    return { ...ended, ...round, tookMs: Date.parse(at) - Date.parse(scheduledAt) };
  }
}
