import { stepOfActivity } from '../../contract/activity-ids.ts';
import { carriedSteps } from '../../contract/carried-install.ts';
import type { MeshProgress, OperationKind, OperationState } from '../../contract/mesh-status.ts';
import { operationState } from '../../contract/operation-state.ts';
import type { InstallInput } from '../../contract/messages.ts';
import type { FailureDetails } from '../../mesh/failure.ts';
import type { Plan, PlanStep, StepOutcome } from '../../mesh/plan/plan.ts';
import { planOfRecord } from '../../mesh/plan/recorded-plan.ts';
import { UNDO_PLAN_ID, undoPlanStep } from '../../mesh/plan/undo-plan-step.ts';
import { PLAN_STEP_ID, precheckSteps } from '../../mesh/plan/precheck-steps.ts';
import { reachStepOf } from '../../mesh/plan/reach-step.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { surveySteps } from '../../mesh/plan/survey-steps.ts';
import type { UninstallOptions } from '../../mesh/plan/uninstall-options.ts';
import { verifySteps } from '../../mesh/plan/verify-plan.ts';
import { AwayRecord } from './away-record.ts';
import { firstOf, isoTime, readFailure } from './decode.ts';
import type { HistoryEvent } from './decode.ts';
import { DecisionRecord } from './decision-record.ts';
import { holdingClusters } from './holding-clusters.ts';
import { EXECUTED, failedPairs } from './failed-pairs.ts';
import type { OperationRecord } from './operation-record.ts';
import { runEnd } from './run-end.ts';
import type { RunEnd } from './run-end.ts';
import { StepRecords } from './step-records.ts';

/** What every operation of ours is started with; `confirmedDigest` only for an install. */
export type StartedInput = Omit<InstallInput, 'confirmedDigest'> & {
  /** Options of an uninstall, or of the plan of one. */
  uninstall?: UninstallOptions;
};

/** The steps that an operation has before there is a plan. */
function firstSteps(
  kind: OperationKind,
  { spec, specDigest, uninstall }: StartedInput,
): PlanStep[] {
  if (kind === 'verify') return verifySteps(spec, specDigest);
  return uninstall === undefined ? precheckSteps(spec) : surveySteps(spec, uninstall);
}

/** Takes the events of one run in their order and tells what they add up to. */
export class HistoryFold {
  readonly #kind: OperationKind;
  readonly #input: StartedInput;
  readonly #startedAt: string;
  readonly #steps = new StepRecords();
  /** Activity id by the event that scheduled it. */
  readonly #scheduled = new Map<string, string>();
  /** Attempts of the round by the event that scheduled it. */
  readonly #attempts = new Map<string, number>();
  readonly #decisions: DecisionRecord;
  readonly #away: AwayRecord;
  #plan: Pick<Plan, 'digest' | 'summary'> | null = null;
  #end: RunEnd | null = null;
  #firstRunId: string | null = null;

  /** Begins with what the run was started with, at an ISO-8601 time. */
  constructor(kind: OperationKind, input: StartedInput, startedAt: string) {
    this.#kind = kind;
    this.#input = input;
    this.#startedAt = startedAt;
    const { carried } = input;
    this.#away = new AwayRecord(carried?.quarantine);
    this.#decisions = new DecisionRecord(this.#steps, carried?.decided);
    if (carried !== undefined) {
      this.#plan = carried.plan;
      this.#steps.goOn(carriedSteps(carried), carried.quarantine?.changedBefore ?? 0);
      return;
    }
    this.#steps.add(firstSteps(kind, input));
  }

  /** Takes the next event. */
  take(event: HistoryEvent): void {
    const at = isoTime(event.eventTime) ?? this.#startedAt;
    const started = event.workflowExecutionStartedEventAttributes;
    if (started?.continuedExecutionRunId) this.#firstRunId = started.firstExecutionRunId || null;
    const { aborted } = this.#decisions.decided;
    if (this.#kind === 'install' && aborted === undefined) this.#away.take(event);
    this.#takeActivity(event, at);
    this.#decisions.take(event, at);
    this.#end = runEnd(this.#kind, event, at) ?? this.#end;
  }

  /** What the events so far add up to. */
  record(workflowId: string, runId: string): OperationRecord {
    const { spec, specDigest, by, reason } = this.#input;
    if (EXECUTED.has(this.#kind) && this.#plan !== null)
      this.#steps.skipUnneeded(this.#end?.at ?? this.#startedAt);
    if (this.#end !== null) this.#steps.end(this.#end.at);
    const progress: MeshProgress = {
      mesh: spec.name,
      operation: {
        kind: this.#kind,
        workflowId,
        runId,
        ...(this.#firstRunId === null ? {} : { firstRunId: this.#firstRunId }),
        state: this.#state(),
        startedAt: this.#startedAt,
        finishedAt: this.#end?.at ?? null,
        ...this.#decisions.decided,
      },
      steps: this.#steps.all(),
      clusters: spec.clusters.map(({ name, network, controlPlane }) => ({
        name,
        network,
        role: controlPlane.kind,
        ...this.#steps.clusters.addresses(name),
        ...this.#away.of(name),
      })),
      planDigest: this.#plan?.digest ?? null,
      planSummary: this.#plan?.summary ?? [],
      ...this.#steps.changedBefore(),
      startedBy: { by, reason },
    };
    return {
      progress,
      spec,
      specDigest,
      decisions: this.#decisions.all,
      failure: this.#end?.failure ?? null,
      report: this.#end?.report ?? null,
      holding: holdingClusters(this.#kind, this.#input, this.#steps, this.#plan !== null),
    };
  }

  #state(): OperationState {
    if (this.#end !== null) return this.#end.state;
    if (this.#decisions.decided.paused !== undefined) return 'paused';
    return operationState(this.#steps.all(), this.#away);
  }

  #takeActivity(event: HistoryEvent, at: string): void {
    const {
      activityTaskScheduledEventAttributes: scheduled,
      activityTaskStartedEventAttributes: started,
    } = event;
    if (scheduled) {
      this.#scheduled.set(String(event.eventId), scheduled.activityId ?? '');
      const { step } = stepOfActivity(scheduled.activityId ?? '');
      if (step === UNDO_PLAN_ID) {
        this.#steps.giveUpBlocked(at);
        this.#steps.add([this.#undoPlan()]);
      }
      this.#takeReach(scheduled.activityType?.name ?? '', step);
      if (this.#kind === 'install') this.#takeLook(step, firstOf(scheduled.input), at);
      this.#steps.begin(step, at);
    }
    if (started) this.#attempts.set(String(started.scheduledEventId), started.attempt ?? 1);
    const done = event.activityTaskCompletedEventAttributes;
    if (done)
      this.#activityDone(String(done.scheduledEventId), at, firstOf<StepOutcome>(done.result));
    const ended =
      event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (ended) {
      const { step, attempts } = this.#round(String(ended.scheduledEventId));
      this.#steps.block(step, at, attempts, readFailure(ended.failure));
    }
    const canceled = event.activityTaskCanceledEventAttributes;
    if (canceled) {
      const { changes } = firstOf<FailureDetails>(canceled.details) ?? {};
      const { step } = this.#round(String(canceled.scheduledEventId));
      const isRecalled = this.#away.isUsed && !this.#decisions.isEnding;
      if (isRecalled) this.#steps.recall(step, at, changes);
      else this.#steps.cancel(step, at, changes);
    }
    const over = done ?? ended ?? canceled;
    if (over) this.#steps.forgetReach(this.#round(String(over.scheduledEventId)).step);
  }

  /** A cluster is asked whether it answers: no plan has such a step. */
  #takeReach(kind: string, id: string): void {
    const reach = reachStepOf(this.#input.spec, kind, id);
    if (reach === undefined) return;
    this.#steps.add([reach]);
    this.#away.use();
  }

  /** A look at a cluster that has answered before, while its plan is there, begins the looks for another plan. */
  #takeLook(step: string, input: Partial<StepInputs['planInstall']> | undefined, at: string): void {
    if (step === PLAN_STEP_ID) {
      this.#steps.planFromLooks();
      this.#away.leaveOut(input?.away ?? [], at);
    } else if (this.#steps.isLook(step)) {
      if (this.#steps.isFinished(step) && this.#steps.isFinished(PLAN_STEP_ID))
        this.#steps.lookAgain();
      this.#away.look(at);
    }
  }

  #activityDone(scheduledId: string, at: string, outcome: StepOutcome | undefined): void {
    const { step, attempts } = this.#round(scheduledId);
    this.#steps.done(step, at, attempts, outcome ?? { changed: 0, summary: '' });
    if (outcome?.plan !== undefined) {
      if (step !== UNDO_PLAN_ID) this.#plan = outcome.plan;
      this.#planned(step, planOfRecord(outcome.plan).steps);
    }
    const bad = failedPairs(this.#kind, outcome);
    if (bad !== null) this.#steps.block(step, at, 1, bad);
  }

  #planned(step: string, steps: PlanStep[]): void {
    if (this.#kind === 'install' && step === PLAN_STEP_ID) {
      this.#steps.replan(steps);
      this.#away.planned();
    } else if (EXECUTED.has(this.#kind)) this.#steps.add(steps);
  }

  /** The one step that no plan names; what it is given is in its own event. */
  #undoPlan(): PlanStep {
    const { spec } = this.#input;
    return undoPlanStep({ spec, facts: [], forget: [], remembered: [], begun: [] });
  }

  #round(scheduledId: string): { step: string; attempts: number } {
    return {
      step: stepOfActivity(this.#scheduled.get(scheduledId) ?? '').step,
      attempts: this.#attempts.get(scheduledId) ?? 1,
    };
  }
}
