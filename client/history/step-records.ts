import type { Decided } from '../../contract/decisions.ts';
import { missingWithout, skippedText } from '../../contract/skippable-steps.ts';
import { CLEARED, NOTHING_YET } from '../../contract/fresh-step.ts';
import { progressOfCarried } from '../../contract/carried-install.ts';
import type { CarriedSteps } from '../../contract/carried-install.ts';
import type { MeshProgress, StepProgress } from '../../contract/mesh-status.ts';
import { countedOfFailure } from '../../mesh/plan/object-changes.ts';
import type { StepChanges } from '../../mesh/plan/object-changes.ts';
import { PLAN_STEP_ID } from '../../mesh/plan/precheck-steps.ts';
import { isPlanned } from '../../mesh/plan/quarantine.ts';
import type { PlanStep, StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepKind } from '../../mesh/plan/step-inputs.ts';
import { ClusterRecords } from './cluster-records.ts';
import type { RecordedFailure } from './operation-record.ts';

type Lane = Pick<StepProgress, 'id' | 'cluster' | 'kind' | 'title' | 'needs'>;

const REACH: StepKind = 'reachCluster';

/** The steps of an operation as its events tell of them, one by one. */
export class StepRecords {
  /** What the outcomes of the steps tell of the clusters. */
  readonly clusters = new ClusterRecords();
  readonly #planned = new Map<string, PlanStep>();
  readonly #steps = new Map<string, StepProgress>();
  /** Steps that an earlier run left under way: their next start is no new attempt. */
  readonly #interrupted = new Set<string>();
  /** Objects that steps changed before they were planned again. */
  #changedBefore = 0;

  /** Adds planned steps as pending; those already known keep what is known, but for what they changed: that is counted for each plan. */
  add(steps: readonly PlanStep[]): void {
    for (const step of steps) {
      this.#planned.set(step.id, step);
      if (this.#steps.has(step.id)) this.#change(step.id, { changed: 0 });
      else this.#fresh(step);
    }
  }

  /** Takes the steps of a plan in the place of an earlier one: all are pending again, and what was left of that one and is not among them goes. */
  replan(steps: readonly PlanStep[]): void {
    const ids = new Set(steps.map(({ id }) => id));
    for (const { id, kind } of this.all()) {
      if (!isPlanned({ kind }) || this.isFinished(id) || ids.has(id)) continue;
      this.#steps.delete(id);
      this.#planned.delete(id);
    }
    for (const step of steps) {
      this.#planned.set(step.id, step);
      this.#fresh(step);
    }
  }

  /** All clusters that have answered are looked at again, for another plan. */
  lookAgain(): void {
    const looks = this.#answered();
    const plan = this.#steps.get(PLAN_STEP_ID);
    if (plan === undefined) return;
    for (const step of looks) this.#fresh(step);
    this.#fresh({ ...plan, needs: looks.map(({ id }) => id) });
  }

  /** The plan is made from what was read so far, whoever else has not answered. */
  planFromLooks(): void {
    this.#change(PLAN_STEP_ID, { needs: this.#answered().map(({ id }) => id) });
  }

  /** Objects that steps changed before they were planned again, as progress tells of them. */
  changedBefore(): Pick<MeshProgress, 'changedBefore'> {
    return this.#changedBefore === 0 ? {} : { changedBefore: this.#changedBefore };
  }

  /** Whether the step is done or skipped. */
  isFinished(id: string): boolean {
    const state = this.#steps.get(id)?.state;
    return state === 'done' || state === 'skipped';
  }

  /** Whether the step looks at a cluster for the plan of an install. */
  isLook(id: string): boolean {
    return this.#steps.get(id)?.kind === 'precheck';
  }

  /** Takes over what an earlier run of the operation knew; it had changed so many objects in steps that were planned again. */
  goOn({ open, board }: CarriedSteps, changedBefore: number): void {
    this.#changedBefore = changedBefore;
    for (const step of open) this.#planned.set(step.id, step);
    for (const step of board) {
      const { id, cluster, outcome } = step;
      const progress = progressOfCarried(step);
      this.#steps.set(id, progress);
      if (progress.state === 'running') this.#interrupted.add(id);
      if (outcome !== undefined) this.clusters.take(cluster, outcome);
    }
  }

  /** All steps in the order of display. */
  all(): StepProgress[] {
    return [...this.#steps.values()];
  }

  /** All planned steps, with what they are given. */
  planned(): PlanStep[] {
    return [...this.#planned.values()];
  }

  /** A round of the step was scheduled. */
  begin(id: string, at: string): void {
    if (this.#interrupted.delete(id)) return;
    const step = this.#steps.get(id);
    this.#change(id, {
      ...CLEARED,
      state: 'running',
      since: at,
      attempts: (step?.attempts ?? 0) + 1,
      startedAt: step?.startedAt ?? at,
    });
  }

  /** The round ended well. `attempts` counts those of this round. */
  done(id: string, at: string, attempts: number, outcome: StepOutcome): void {
    const { cluster, attempts: before = 1, changed = 0 } = this.#steps.get(id) ?? {};
    this.clusters.take(cluster ?? null, outcome);
    this.#change(id, {
      ...CLEARED,
      state: 'done',
      since: at,
      finishedAt: at,
      reason: outcome.summary,
      changed: changed + outcome.changed,
      attempts: before + attempts - 1,
      lines: outcome.remains ?? [],
    });
    const { leftBehind } = outcome;
    if (leftBehind !== undefined)
      this.#change(id, { state: 'skipped', failure: leftBehind.type, cure: leftBehind.cure });
  }

  /** The round failed, and the step waits for a person. */
  block(
    id: string,
    at: string,
    attempts: number,
    { type, message, cure, lines, changes }: RecordedFailure,
  ): void {
    const { attempts: before = 1, changed = 0, kind = '' } = this.#steps.get(id) ?? {};
    this.#change(id, {
      state: 'blocked',
      since: at,
      reason: message,
      failure: type,
      cure,
      lines,
      changed: changed + countedOfFailure(kind, changes),
      attempts: before + attempts - 1,
    });
  }

  /** The round was stopped together with its operation; `changes` are what it had written. */
  cancel(id: string, at: string, changes: StepChanges | undefined): void {
    const reason = 'canceled before it was done';
    this.recall(id, at, changes);
    this.#change(id, { state: 'failed', finishedAt: at, reason });
  }

  /** The round was called off, and the step is pending again; `changes` are what it had written. */
  recall(id: string, at: string, changes: StepChanges | undefined): void {
    const { changed = 0, kind = '' } = this.#steps.get(id) ?? {};
    const written = countedOfFailure(kind, changes);
    this.#change(id, { ...CLEARED, state: 'pending', since: at, changed: changed + written });
  }

  /** A cluster was asked whether it answers, and that is over: the board does not show it any more. */
  forgetReach(id: string): void {
    if (this.#steps.get(id)?.kind === REACH) this.#steps.delete(id);
  }

  /** A person asked for another round. */
  retry(id: string, by: string, reason: string, at: string): void {
    this.#change(id, { ...CLEARED, state: 'pending', since: at, lastRetry: { by, reason, at } });
  }

  /** A person wanted to go on without the step. */
  skip(id: string, decided: Decided): void {
    const { at } = decided;
    const missing = missingWithout(this.#steps.get(id)?.kind ?? '') ?? '';
    const reason = skippedText(decided, missing);
    const skip = { ...decided, missing };
    this.#change(id, { ...CLEARED, state: 'skipped', since: at, finishedAt: at, reason, skip });
  }

  /** Marks as skipped what only changes would have called for: the executor leaves no event of it. */
  skipUnneeded(at: string): void {
    const steps = this.all();
    const finished = new Set(
      steps.flatMap(({ id, state }) => (state === 'done' || state === 'skipped' ? [id] : [])),
    );
    if (this.#changedBefore > 0 || steps.some((step) => step.changed > 0)) return;
    for (const { id, state, needs } of steps) {
      if (
        state !== 'pending' ||
        this.#planned.get(id)?.when !== 'changed' ||
        !needs.every((need) => finished.has(need))
      )
        continue;
      this.#change(id, { state: 'skipped', since: at, finishedAt: at, reason: 'nothing changed' });
    }
  }

  /** What is blocked has failed: nobody can retry it any more. */
  giveUpBlocked(at: string): void {
    for (const { id, state } of this.all())
      if (state === 'blocked') this.#change(id, { state: 'failed', finishedAt: at });
  }

  /** The operation is over: what was blocked or in flight has failed. */
  end(at: string): void {
    this.giveUpBlocked(at);
    for (const { id, state, reason } of this.all()) {
      if (state === 'running') {
        this.#change(id, {
          state: 'failed',
          since: at,
          finishedAt: at,
          reason: reason ?? 'the operation ended before it was done',
        });
      }
    }
  }

  #answered(): StepProgress[] {
    return this.all().filter(({ id }) => this.isLook(id) && this.isFinished(id));
  }

  /** Makes a step pending; one that is known keeps its attempts. */
  #fresh({ id, cluster, kind, title, needs }: Lane): void {
    const { attempts, startedAt, lastRetry, changed } = this.#steps.get(id) ?? NOTHING_YET;
    this.#changedBefore += changed;
    const lane = { id, cluster, kind, title, needs: [...needs] };
    this.#steps.set(id, { ...NOTHING_YET, ...lane, attempts, startedAt, lastRetry });
  }

  #change(id: string, change: Partial<StepProgress>): void {
    const step = this.#steps.get(id);
    // an activity that no plan names was started by another version of the workflow; there is nothing to show of it
    if (step !== undefined) this.#steps.set(id, { ...step, ...change });
  }
}
