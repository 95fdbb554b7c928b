import { carriedStep, progressOfCarried } from '../contract/carried-install.ts';
import type { CarriedStep } from '../contract/carried-install.ts';
import type { SkipInput } from '../contract/decisions.ts';
import { CLEARED, NOTHING_YET } from '../contract/fresh-step.ts';
import type { StepProgress } from '../contract/mesh-status.ts';
import type { RetryInput } from '../contract/messages.ts';
import type { PlanStep, StepOutcome } from '../mesh/plan/plan.ts';
import { skippedStep } from './skip-step.ts';
import { failedStep } from './step-failure.ts';
import type { StepFailure } from './step-failure.ts';

/** Where every step of one operation stands: the one place that changes step states. Times are the workflow's, which replay to the same value. */
export class StepBoard {
  readonly #steps = new Map<string, StepProgress>();
  readonly #rounds = new Map<string, number>();
  readonly #outcomes = new Map<string, StepOutcome>();
  /** Steps that were under way when an earlier run ended, and have not been started again yet. */
  readonly #interrupted = new Set<string>();
  readonly #planned = new Map<string, PlanStep>();
  #version = 0;

  /** Makes a board without steps, or with those that an earlier run of the operation knew. */
  constructor(carried: readonly CarriedStep[] = []) {
    for (const step of carried) {
      const { id, rounds, outcome } = step;
      const progress = progressOfCarried(step);
      this.#steps.set(id, progress);
      this.#rounds.set(id, rounds);
      if (outcome !== undefined)
        this.#outcomes.set(id, { changed: progress.changed, summary: '', ...outcome });
      if (progress.state === 'running') this.#interrupted.add(id);
    }
  }

  /** Grows with every change, so that whoever waits for one can tell. */
  get version(): number {
    return this.#version;
  }

  /** Adds steps as pending; those already on the board become pending again and keep their attempts. Answers what they had changed, which is forgotten. */
  add(steps: readonly PlanStep[]): number {
    let forgotten = 0;
    this.keepPlanned(steps);
    for (const { id, cluster, kind, title, needs } of steps) {
      const known = this.#steps.get(id);
      const lane = { id, cluster, kind, title, needs: [...needs] };
      const { attempts, startedAt, lastRetry, changed } = known ?? NOTHING_YET;
      forgotten += changed;
      this.#steps.set(id, { ...NOTHING_YET, ...lane, attempts, startedAt, lastRetry });
    }
    this.#version += 1;
    return forgotten;
  }

  /** Forgets steps that the operation does without. */
  drop(ids: readonly string[]): void {
    for (const id of ids) {
      this.#steps.delete(id);
      this.#planned.delete(id);
    }
  }

  /** Keeps how steps were planned whose progress is known already. */
  keepPlanned(steps: readonly PlanStep[]): void {
    for (const step of steps) this.#planned.set(step.id, step);
  }

  /** Steps that are neither done nor skipped, as they were planned. */
  openSteps(): PlanStep[] {
    return [...this.#planned.values()].filter(({ id }) => !this.isFinished(id));
  }

  /** What the next run of the operation must know of the steps. */
  carried(): CarriedStep[] {
    return this.steps().map((step) =>
      carriedStep(step, this.rounds(step.id), this.#outcomes.get(step.id)),
    );
  }

  /** The step of that id, or undefined. */
  step(id: string): StepProgress | undefined {
    return this.#steps.get(id);
  }

  /** All steps in the order of display. */
  steps(): StepProgress[] {
    return [...this.#steps.values()];
  }

  /** Whether the step is done or skipped, so that what needs it may start. */
  isFinished(id: string): boolean {
    const state = this.#steps.get(id)?.state;
    return state === 'done' || state === 'skipped';
  }

  /** What the step reported when it was done last, or undefined. */
  outcome(id: string): StepOutcome | undefined {
    return this.#outcomes.get(id);
  }

  /** How often the step was started; 0 before the first. */
  rounds(id: string): number {
    return this.#rounds.get(id) ?? 0;
  }

  /** Whether the step is to be started when what it needs is done. */
  isOpen(id: string): boolean {
    return this.#steps.get(id)?.state === 'pending' || this.#interrupted.has(id);
  }

  /** ISO-8601 time at which a step was started that an earlier run left under way and nobody has started again; else null. */
  interruptedSince(id: string): string | null {
    return this.#interrupted.has(id) ? this.#known(id).since : null;
  }

  /** Which round of the step its next start is, from 1 on: one that was interrupted goes on in the same. */
  nextRound(id: string): number {
    return this.#interrupted.has(id) ? this.rounds(id) : this.rounds(id) + 1;
  }

  /** Marks the step as running and answers which round of it this is. An interrupted one goes on: same attempt, same time. */
  begin(id: string): number {
    const round = this.nextRound(id);
    this.#rounds.set(id, round);
    if (this.#interrupted.delete(id)) {
      this.#version += 1;
      return round;
    }
    const at = now();
    const step = this.#known(id);
    this.#change(id, {
      ...CLEARED,
      state: 'running',
      since: at,
      attempts: step.attempts + 1,
      startedAt: step.startedAt ?? at,
    });
    return round;
  }

  /** Counts objects that a round of the step has written which does not end well; what its later rounds write is added. */
  count(id: string, written: number): void {
    this.#change(id, { changed: this.#known(id).changed + written });
  }

  /** Marks the step as done and keeps what it reported. */
  done(id: string, outcome: StepOutcome): void {
    const at = now();
    const { attempts, changed } = this.#known(id);
    this.#outcomes.set(id, outcome);
    this.#change(id, {
      ...CLEARED,
      state: 'done',
      since: at,
      finishedAt: at,
      reason: outcome.summary,
      changed: changed + outcome.changed,
      attempts: attempts + (outcome.attempts ?? 1) - 1,
      lines: outcome.remains ?? [],
    });
  }

  /** Marks the step as given up for now, and keeps what it reported: what needs it goes on. */
  leave(id: string, outcome: StepOutcome, why: NonNullable<StepOutcome['leftBehind']>): void {
    this.done(id, outcome);
    this.#change(id, { state: 'skipped', failure: why.type, cure: why.cure });
  }

  /** Marks the step as not needed. */
  skip(id: string, reason: string): void {
    const at = now();
    this.#change(id, { state: 'skipped', since: at, finishedAt: at, reason });
  }

  /** Lets a blocked step count as finished because a person wants it so, and answers what is missing then. */
  skipBlocked(input: SkipInput): string {
    const { step: id } = input;
    const planned = this.#planned.get(id);
    const { missing, change, outcome } = skippedStep(this.#known(id), planned, input, now());
    if (outcome !== undefined) this.#outcomes.set(id, outcome);
    this.#change(id, { ...CLEARED, ...change });
    return missing;
  }

  /** Parks the step until a person asks for a retry. */
  block(id: string, failure: StepFailure): void {
    this.#change(id, { ...failedStep(failure, this.#known(id), now()), state: 'blocked' });
  }

  /** Marks the step as failed for good. */
  fail(id: string, failure: StepFailure): void {
    const failed = failedStep(failure, this.#known(id), now());
    this.#change(id, { ...failed, state: 'failed', finishedAt: now() });
  }

  /** Marks a running step as ended by the cancellation of its operation. */
  cancel(id: string): void {
    if (this.#known(id).state !== 'running') return;
    const at = now();
    this.#change(id, {
      ...CLEARED,
      state: 'failed',
      since: at,
      finishedAt: at,
      reason: 'canceled before it was done',
    });
  }

  /** A step that was called off is pending again; it keeps its attempts. */
  recall(id: string): void {
    this.#change(id, { ...CLEARED, state: 'pending', since: now() });
  }

  /** Lets a blocked step run again and answers which round that will be. */
  retry({ step: id, by, reason }: RetryInput): number {
    const at = now();
    this.#change(id, { ...CLEARED, state: 'pending', since: at, lastRetry: { by, reason, at } });
    return this.nextRound(id);
  }

  /** What is blocked has failed: nobody can retry it any more. */
  giveUpBlocked(): void {
    for (const { id, state } of this.steps())
      if (state === 'blocked') this.#change(id, { state: 'failed', finishedAt: now() });
  }

  #known(id: string): StepProgress {
    const step = this.#steps.get(id);
    if (step === undefined) throw new Error(`no step ${id} on the board`);
    return step;
  }

  #change(id: string, change: Partial<StepProgress>): void {
    this.#steps.set(id, { ...this.#known(id), ...change });
    this.#version += 1;
  }
}

/** The workflow's time, ISO-8601. */
export function now(): string {
  return new Date().toISOString();
}
