import { patched } from '@temporalio/workflow';
import type { StepProgress } from '../contract/mesh-status.ts';
import { clustersOfStep } from '../mesh/plan/clusters-of-step.ts';
import type { PlanStep } from '../mesh/plan/plan.ts';
import { canGoOnWithout, isPlanned, setAside } from '../mesh/plan/quarantine.ts';
import { reachStep } from '../mesh/plan/reach-step.ts';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';
import type { NextSteps, PlanRun } from './run-plan.ts';
import { WakeUp } from './wake-up.ts';

/** How often the time between two looks at the same standstill is doubled, at most. */
const MOST_DOUBLINGS = 3;

/** What the timer is for, in the Temporal UI. */
const TIMER = 'until clusters are asked whether they answer';

/**
 * Finds out which clusters were lost while what was planned is under way: a step in one is retried for as long as that lasts, and the workflow does not
 * see why. When nothing has begun or ended for the grace time, clusters whose steps run are asked whether they answer. One that does not, for
 * another grace time, is lost. Owned by one run, never at module level.
 */
export class LostClusters {
  readonly #run: PlanRun;
  readonly #spec: MeshSpec;
  readonly #graceMs: number;
  /** Looks since something has begun or ended, and when the last was taken. */
  #looks = 0;
  #lookedMs = 0;
  #isHolding = false;
  readonly #timer: WakeUp;

  /** Clusters have `graceMs` milliseconds to answer. */
  constructor(run: PlanRun, spec: MeshSpec, graceMs: number) {
    this.#run = run;
    this.#spec = spec;
    this.#graceMs = graceMs;
    this.#timer = new WakeUp(() => run.board.away.timeIsOver(), TIMER);
  }

  /** Clusters that are lost, and the remotes of those; none when nothing can be gone on with without them. */
  names(): string[] {
    const { away } = this.#run.board;
    const silent = this.#reaches().filter((step) => this.#answerDueMs(step) <= Date.now());
    if (silent.length === 0) return [];
    const lost = setAside(this.#spec, [
      ...away.names,
      ...silent.flatMap(({ cluster }) => cluster ?? []),
    ]);
    if (!canGoOnWithout(this.#spec, lost)) return [];
    return lost.filter((name) => away.since(name) === undefined);
  }

  /** What is to be done about those that are lost while what was planned is under way: looks, and nothing that needs one which is lost. */
  next(lost: readonly string[]): NextSteps {
    if (lost.length > 0) return this.#hold(lost);
    const open = this.#openSteps();
    const resume = this.#isHolding ? open.filter(({ id }) => !this.#runs(id)) : [];
    this.#isHolding = false;
    const recall = open.length === 0 ? this.underWay() : [];
    return { add: this.#toReach(), drop: [], resume, recall };
  }

  /** Takes looks from the board that have ended or were called off, and answers their ids. */
  forget(): string[] {
    const ended = this.#all().filter(
      ({ state, attempts }) => state !== 'running' && (state !== 'pending' || attempts > 0),
    );
    const ids = ended.map(({ id }) => id);
    this.#run.board.drop(ids);
    return ids;
  }

  /** Ids of looks that are under way. */
  underWay(): string[] {
    return this.#reaches().map(({ id }) => id);
  }

  #hold(lost: readonly string[]): NextSteps {
    this.#isHolding = true;
    const held = this.#openSteps().filter((step) => concerns(step, lost));
    const isRunning = ({ id }: PlanStep): boolean => this.#runs(id);
    return {
      add: [],
      drop: held.filter((step) => !isRunning(step)).map(({ id }) => id),
      recall: held.filter(isRunning).map(({ id }) => id),
    };
  }

  /** Looks that are due now; a timer is set for those that will be. */
  #toReach(): PlanStep[] {
    // With every step that begins or ends the first look moves away: the timer is early enough.
    if (this.#timer.isSet && this.#looks === 0) return [];
    const running = this.#openSteps().filter(({ id }) => this.#runs(id));
    const { board } = this.#run;
    if (running.length === 0 || board.decisions.holds.paused !== undefined) return [];
    if (!this.#spec.clusters.some(({ name }) => canGoOnWithout(this.#spec, [name]))) return [];
    // The timer is a command that histories of older code do not have.
    if (!patched('lost-clusters')) return [];
    const dueMs = this.#dueMs();
    if (dueMs === null) return [];
    if (dueMs > Date.now()) {
      this.#timer.at(dueMs);
      return [];
    }
    this.#looks += 1;
    this.#lookedMs = Date.now();
    const steps = this.#spec.clusters.filter(({ name }) => this.#isToBeReached(name, running));
    if (steps.length === 0) return this.#toReach();
    board.away.use();
    return steps.map(reachStep);
  }

  /** When the next look is due, or the answer to one, as milliseconds; null while answers are overdue. */
  #dueMs(): number | null {
    const answers = this.#reaches().map((step) => this.#answerDueMs(step));
    if (answers.length > 0) {
      const due = answers.filter((atMs) => atMs > Date.now());
      return due.length === 0 ? null : Math.min(...due);
    }
    const changes = this.#run.board
      .steps()
      .filter(isPlanned)
      .map(({ since }) => Date.parse(since ?? '') || 0);
    const changedMs = Math.max(...changes);
    if (changedMs > this.#lookedMs) this.#looks = 0;
    const doublings = Math.min(this.#looks, MOST_DOUBLINGS);
    return Math.max(changedMs, this.#lookedMs) + this.#graceMs * 2 ** doublings;
  }

  #isToBeReached(name: string, running: readonly PlanStep[]): boolean {
    const { away } = this.#run.board;
    return (
      away.since(name) === undefined &&
      running.some((step) => concerns(step, [name])) &&
      canGoOnWithout(this.#spec, [...away.names, name])
    );
  }

  #answerDueMs({ since }: StepProgress): number {
    return Date.parse(since ?? '') + this.#graceMs;
  }

  #all(): StepProgress[] {
    return this.#run.board.steps().filter(({ kind }) => kind === 'reachCluster');
  }

  #reaches(): StepProgress[] {
    return this.#all().filter(({ state }) => state === 'running');
  }

  #openSteps(): PlanStep[] {
    return this.#run.board.openSteps().filter(isPlanned);
  }

  #runs(id: string): boolean {
    return this.#run.board.step(id)?.state === 'running';
  }
}

/** Whether a planned step cannot be done without one of the clusters. */
export function concerns(step: PlanStep, clusters: readonly string[]): boolean {
  const needed = clustersOfStep(step);
  return needed === null || needed.some((name) => clusters.includes(name));
}
