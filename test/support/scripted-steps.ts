import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { stepOfActivity } from '../../contract/activity-ids.ts';
import { STEP_TIMING } from '../../contract/step-activities.ts';
import type { StepActivities, StepClock } from '../../contract/step-activities.ts';
import type { FailureDetails, FailureType } from '../../mesh/failure.ts';
import { FAILURES } from '../../mesh/failure.ts';
import type { PlanStep, StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs, StepKind } from '../../mesh/plan/step-inputs.ts';

/** One attempt of a step. */
export type StepCall = {
  /** Workflow it belongs to. */
  workflowId: string;
  /** Step id. */
  step: string;
  /** Round, from 1 on. */
  round: number;
  /** Attempt within the round, from 1 on. */
  attempt: number;
  /** What the workflow passed. */
  input: PlanStep['input'];
  /** When it was scheduled in an earlier run of the workflow, if it goes on from there. */
  clock: StepClock | undefined;
};

/** What a step does in a test. */
export type StepScript = (call: StepCall) => StepOutcome | Promise<StepOutcome>;

/** A step that was stopped on its way; it heartbeats meanwhile, as every step does. */
export type HeldStep = {
  /** Resolves when an attempt has come to the hold. */
  reached: Promise<StepCall>;
  /** Lets this attempt and later ones pass. */
  release(): void;
};

/** A step that takes its time to stop when it is cancelled. */
export type SlowStop = {
  /** Resolves when an attempt runs. */
  reached: Promise<StepCall>;
  /** Resolves when it was asked to stop. */
  asked: Promise<void>;
  /** Lets it stop. */
  release(): void;
};

/** Outcome of a step that found nothing to do. */
export const NOTHING_CHANGED: StepOutcome = { changed: 0, summary: 'nothing to change' };

/** Heartbeats of held steps, well below the heartbeat timeout. */
const HEARTBEAT_MS = 250;

/** Step activities that do what a test says and tell what was called. By default a step finds nothing to do. */
export class ScriptedSteps {
  readonly #scripts = new Map<string, StepScript>();
  readonly #calls: StepCall[] = [];
  readonly #ended: StepCall[] = [];
  #inFlight = 0;
  #mostInFlight = 0;

  /** Sets what a step does, for all its attempts from now on. */
  on(step: string, script: StepScript): this {
    this.#scripts.set(step, script);
    return this;
  }

  /** Lets something happen, a failure for instance, before a step does what was set. */
  before(step: string, act: () => void): this {
    const then = this.#scripts.get(step) ?? (() => NOTHING_CHANGED);
    return this.on(step, (call) => {
      act();
      return then(call);
    });
  }

  /** Stops a step until it is released; then it does what was set before. */
  hold(step: string): HeldStep {
    const before = this.#scripts.get(step) ?? (() => NOTHING_CHANGED);
    const reached = latch<StepCall>();
    const gate = latch<void>();
    this.on(step, async (call) => {
      reached.open(call);
      await whileHeartbeating(gate.promise);
      return before(call);
    });
    return { reached: reached.promise, release: gate.open };
  }

  /** Lets a step run until it is cancelled, and stop only when told. */
  stopSlowly(step: string): SlowStop {
    const reached = latch<StepCall>();
    const asked = latch<void>();
    const gate = latch<void>();
    this.on(step, async (call) => {
      reached.open(call);
      try {
        return await whileHeartbeating(new Promise<StepOutcome>(() => undefined));
      } catch (error) {
        asked.open();
        await gate.promise;
        throw error;
      }
    });
    return { reached: reached.promise, asked: asked.promise, release: gate.open };
  }

  /** Every attempt so far, in the order of starting. */
  calls(): readonly StepCall[] {
    return this.#calls;
  }

  /** Ids of the steps that were started, once for each attempt, in order. */
  started(): string[] {
    return this.#calls.map((call) => call.step);
  }

  /** Ids of the steps whose attempts have ended in any way, in order. */
  ended(): string[] {
    return this.#ended.map((call) => call.step);
  }

  /** The most attempts that were in flight at once. */
  mostInFlight(): number {
    return this.#mostInFlight;
  }

  /** The activities to register in a worker. */
  activities(): StepActivities {
    const kinds = Object.keys(STEP_TIMING) as StepKind[];
    return Object.fromEntries(
      kinds.map((kind) => [
        kind,
        (input: StepInputs[StepKind], clock?: StepClock) => this.#run(input, clock),
      ]),
    ) as StepActivities;
  }

  async #run(input: PlanStep['input'], clock?: StepClock): Promise<StepOutcome> {
    const { activityId, attempt, workflowExecution } = Context.current().info;
    const call = {
      ...stepOfActivity(activityId),
      attempt,
      workflowId: workflowExecution?.workflowId ?? '',
      input,
      clock,
    };
    this.#calls.push(call);
    this.#inFlight += 1;
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#inFlight);
    try {
      const outcome = await (this.#scripts.get(call.step) ?? (() => NOTHING_CHANGED))(call);
      return attempt === 1 ? outcome : { attempts: attempt, ...outcome };
    } finally {
      this.#inFlight -= 1;
      this.#ended.push(call);
    }
  }
}

/** The failure that a step's boundary makes of a MeshFailure. */
export function stepFailure(
  type: FailureType,
  message: string,
  details: FailureDetails = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !FAILURES[type].retried,
    details: [details],
  });
}

function latch<T>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (open = resolve));
  return { promise, open };
}

async function whileHeartbeating<T>(gate: Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await Promise.race([gate, context.cancelled]);
  } finally {
    clearInterval(beat);
  }
}
