/**
 * The executor: interprets recorded steps and knows nothing of what they do. Every topology and every operation is another
 * plan, never another path through here.
 */
import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  patched,
} from '@temporalio/workflow';
import type { Decided } from '../contract/decisions.ts';
import { STEP_TIMING } from '../contract/step-activities.ts';
import { countedOfFailure } from '../mesh/plan/object-changes.ts';
import type { PlanStep, StepOutcome } from '../mesh/plan/plan.ts';
import { callStep } from './call-step.ts';
import type { HistoryRoom } from './history-room.ts';
import { InFlight } from './in-flight.ts';
import { OperationAborted } from './operation-aborted.ts';
import { OperationFailed } from './operation-failed.ts';
import type { ProgressBoard } from './progress-board.ts';
import { RunIsFull } from './run-is-full.ts';
import { changesBefore, isFatal, pairsFailure, stepFailureOf } from './step-failure.ts';
import type { StepFailure } from './step-failure.ts';

/** Time that work in flight has to end by itself when the run is full or was given up, in milliseconds; what is cancelled of a full run begins anew in the next. */
const LAST_WORK_MS = 10_000;

/** What the executor works on besides steps. */
export type PlanRun = {
  /** Where every step stands. */
  board: ProgressBoard;
  /** Shows the board to people; called when it has come to rest. */
  publish(): void;
  /** `park`: a failed step waits for a person; `fail`: it ends the operation, once the steps that can go on have ended. */
  onFailure: 'park' | 'fail';
  /** What is left of the run's history. */
  room: HistoryRoom;
};

/** Makes the step that runs in a round, from 1 on; whatever it awaits counts as part of the step. */
export type PrepareStep = (step: PlanStep, round: number) => Promise<PlanStep>;

/** What an operation goes on with. */
export type NextSteps = {
  /** Steps that are pending from now on, known or not. */
  add: readonly PlanStep[];
  /** Ids of steps that must not start any more. */
  drop: readonly string[];
  /** Steps that may start after all, from where the board says that they stand. @default none */
  resume?: readonly PlanStep[];
  /** Ids of steps under way that are called off: they stop, are pending again, and must not start. @default none */
  recall?: readonly string[];
};

/**
 * Runs steps, each as soon as what it needs is done or skipped, until all are. Its needs must be among them or on the board.
 * `next` is asked whenever something has changed, and may add to them.
 * @throws {OperationFailed} when a failure ends the operation
 * @throws {OperationAborted} when a person gave it up; what was running has ended or stopped by then
 * @throws {RunIsFull} when the history has no room for another step; the board says what is left to do, waits are still in flight
 * @throws {CancelledFailure} when the operation is cancelled; what was running has stopped by then
 */
export function runPlan(
  run: PlanRun,
  steps: readonly PlanStep[],
  prepare: PrepareStep = asPlanned,
  next?: () => NextSteps,
): Promise<void> {
  run.board.add(steps);
  return resumePlan(run, steps, prepare, next);
}

/** The same for steps that are on the board already, from where it says that they stand. */
export function resumePlan(
  run: PlanRun,
  steps: readonly PlanStep[],
  prepare: PrepareStep = asPlanned,
  next: () => NextSteps = asPlannedOnly,
): Promise<void> {
  run.board.keepPlanned(steps);
  return CancellationScope.cancellable(() => new PlanExecution(run, steps, prepare, next).run());
}

class PlanExecution {
  readonly #run: PlanRun;
  readonly #prepare: PrepareStep;
  readonly #next: () => NextSteps;
  /** Steps that are neither finished nor in flight. */
  readonly #open: Map<string, PlanStep>;
  readonly #inFlight = new InFlight();
  /** Scopes of the steps in flight, by id. */
  readonly #scopes = new Map<string, CancellationScope>();
  /** Ids of those that were called off and have not ended yet. */
  readonly #recalled = new Set<string>();
  /** Scope of the work in flight, which a full run must not leave behind. */
  readonly #work = new CancellationScope();
  readonly #failures: { step: string; failure: StepFailure }[] = [];
  /** An error of this code itself; thrown on, it fails the workflow task, which is tried again after a repair. */
  #defect: { error: unknown } | null = null;

  constructor(
    run: PlanRun,
    steps: readonly PlanStep[],
    prepare: PrepareStep,
    next: () => NextSteps,
  ) {
    this.#run = run;
    this.#prepare = prepare;
    this.#next = next;
    this.#open = new Map(
      steps.filter((step) => !run.board.isFinished(step.id)).map((step) => [step.id, step]),
    );
  }

  async run(): Promise<void> {
    try {
      for (;;) {
        this.#takeNext();
        if (this.#isOver()) break;
        const { version } = this.#run.board;
        const { aborted } = this.#run.board.decisions.holds;
        if (aborted !== undefined) await this.#abort(aborted);
        this.#startWhatCan();
        this.#run.publish();
        if (this.#isOver()) break;
        if (this.#run.room.isFull) {
          await this.#endWork();
          this.#takeNext();
          break;
        }
        await condition(() => this.#defect !== null || this.#run.board.version !== version);
        if (this.#defect !== null) throw this.#defect.error;
      }
    } catch (error) {
      if (isCancellation(error)) await this.#drain();
      throw error;
    }
    if (this.#failures.length > 0) {
      CancellationScope.current().cancel();
      await this.#drain();
      throw new OperationFailed(this.#failures);
    }
    if (!this.#isOver()) throw new RunIsFull();
  }

  #takeNext(): void {
    if (this.#failures.length > 0) return;
    const { add, drop, resume = [], recall = [] } = this.#next();
    for (const id of drop) this.#open.delete(id);
    for (const id of recall) this.#recall(id);
    for (const step of resume) this.#open.set(step.id, step);
    if (add.length === 0) return;
    this.#run.board.add(add);
    for (const step of add) this.#open.set(step.id, step);
  }

  #recall(id: string): void {
    const scope = this.#scopes.get(id);
    if (scope === undefined || this.#recalled.has(id)) return;
    this.#recalled.add(id);
    scope.cancel();
  }

  /** Lets what is in flight end by itself for a while, but for looks at clusters that are away, stops the rest, and ends the operation. */
  async #abort(aborted: Decided): Promise<never> {
    const { board, publish } = this.#run;
    publish();
    // Histories of older code have a timer where only such looks are left.
    const leavesLooks = this.#inFlight.hasLooksAt(board.away) && patched('abort-at-once');
    const ended = (): boolean =>
      this.#defect !== null ||
      (leavesLooks ? this.#inFlight.areLooksAt(board.away) : this.#inFlight.isIdle);
    if (!ended()) await condition(ended, LAST_WORK_MS);
    if (this.#defect !== null) throw this.#defect.error;
    CancellationScope.current().cancel();
    await this.#drain();
    throw new OperationAborted(
      aborted,
      board.steps().filter(({ state }) => state === 'blocked'),
    );
  }

  /** Waits for the work in flight, and cancels what takes long: a cluster that is away may keep it for hours. */
  async #endWork(): Promise<void> {
    const ended = (): boolean =>
      this.#defect !== null || this.#inFlight.isIdleButForWaits || this.#failures.length > 0;
    if (!ended() && !(await condition(ended, LAST_WORK_MS))) {
      this.#work.cancel();
      await condition(ended);
    }
    if (this.#defect !== null) throw this.#defect.error;
  }

  #startWhatCan(): void {
    const { board, room } = this.#run;
    const blocked = board.steps().filter((step) => step.state === 'blocked').length;
    const isPaused = board.decisions.holds.paused !== undefined;
    // Steps take room only when they start: people who decide again and again while it is paused would fill the history unseen.
    if (isPaused) room.look(blocked);
    for (const step of this.#open.values()) {
      // what a person skipped
      if (board.isFinished(step.id)) this.#open.delete(step.id);
      if (isPaused || !board.isOpen(step.id) || !step.needs.every((need) => board.isFinished(need)))
        continue;
      if (step.when === 'changed' && board.changed() === 0) {
        this.#open.delete(step.id);
        board.skip(step.id, 'nothing changed');
        continue;
      }
      if (!this.#inFlight.hasPlaceFor(step)) continue;
      if (!room.take(blocked)) return;
      this.#open.delete(step.id);
      this.#inFlight.add(step);
      void this.#runStep(step).finally(() => {
        this.#inFlight.delete(step);
        this.#scopes.delete(step.id);
        this.#recalled.delete(step.id);
        room.giveBack();
      });
    }
  }

  async #runStep(step: PlanStep): Promise<void> {
    const { board, room } = this.#run;
    try {
      const prepared = await this.#prepare(step, board.nextRound(step.id));
      const since = board.interruptedSince(step.id);
      const call = (): Promise<StepOutcome> =>
        callStep(prepared, board.begin(step.id), since === null ? null : { scheduledAt: since });
      const run = (): Promise<StepOutcome> => {
        const scope = new CancellationScope();
        this.#scopes.set(step.id, scope);
        return scope.run(call);
      };
      const outcome = await (STEP_TIMING[step.kind].waits ? run() : this.#work.run(run));
      const failure = this.#run.onFailure === 'park' ? pairsFailure(outcome) : null;
      if (outcome.leftBehind !== undefined) board.leave(step.id, outcome, outcome.leftBehind);
      else if (failure === null) board.done(step.id, outcome);
      else this.#failed(step, failure);
    } catch (error) {
      this.#count(step, error);
      if (isCancellation(error) && CancellationScope.current().consideredCancelled)
        board.cancel(step.id);
      else if (isCancellation(error) && this.#recalled.has(step.id)) board.recall(step.id);
      else if (
        error instanceof RunIsFull ||
        error instanceof OperationAborted ||
        (isCancellation(error) && room.isFull)
      )
        this.#open.set(step.id, step);
      else if (error instanceof ActivityFailure) this.#failed(step, stepFailureOf(error));
      else this.#defect = { error };
    }
  }

  /** Counts what a round wrote that failed, or was cancelled. */
  #count({ id, kind }: PlanStep, error: unknown): void {
    const written = countedOfFailure(kind, changesBefore(error));
    // What is only for changes starts with the first one that counts: older code took these for none.
    if (written > 0 && patched('failed-changes')) this.#run.board.count(id, written);
  }

  #failed(step: PlanStep, failure: StepFailure): void {
    const { board, onFailure } = this.#run;
    if (onFailure === 'fail' || isFatal(failure)) {
      this.#failures.push({ step: step.id, failure });
      board.fail(step.id, failure);
    } else {
      this.#open.set(step.id, step);
      board.block(step.id, failure);
    }
  }

  /** Over when nothing is left to do, or when a failure ends the operation and nothing worth waiting for is in flight. */
  #isOver(): boolean {
    const { isIdle } = this.#inFlight;
    if (this.#failures.some(({ failure }) => isFatal(failure))) return true;
    if (this.#failures.length > 0) return isIdle;
    return isIdle && this.#open.size === 0;
  }

  async #drain(): Promise<void> {
    await CancellationScope.nonCancellable(() => condition(() => this.#inFlight.isIdle));
  }
}

async function asPlanned(step: PlanStep): Promise<PlanStep> {
  return step;
}

function asPlannedOnly(): NextSteps {
  return { add: [], drop: [] };
}
