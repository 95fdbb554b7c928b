import { patched } from '@temporalio/workflow';
import { STEP_TIMING } from '../contract/step-activities.ts';
import type { PlanStep } from '../mesh/plan/plan.ts';
import type { AwayClusters } from './away-clusters.ts';

/**
 * Steps in flight at once. Temporal advises at most 500 pending activities, and a worker has slots for as many. Looks at clusters have places beside those of
 * work: one at a cluster that is away keeps its place for as long as that lasts, and is mostly between two attempts.
 */
const BOUNDS = { work: 64, waits: 400, looks: 400 } as const;

/** Steps that were started and have not ended. Owned by one execution of steps. */
export class InFlight {
  readonly #steps = new Set<PlanStep>();

  /** Whether there are none. */
  get isIdle(): boolean {
    return this.#steps.size === 0;
  }

  /** Whether there are none but waits. */
  get isIdleButForWaits(): boolean {
    return this.#count(isWork) === 0;
  }

  /** Takes a step that starts. */
  add(step: PlanStep): void {
    this.#steps.add(step);
  }

  /** Lets go of a step that has ended. */
  delete(step: PlanStep): void {
    this.#steps.delete(step);
  }

  /** Whether another step may start. */
  hasPlaceFor(step: PlanStep): boolean {
    if (!isWork(step)) return this.#count((other) => !isWork(other)) < BOUNDS.waits;
    const work = this.#count(isWork);
    if (work < BOUNDS.work) return true;
    const looks = this.#count(isLook);
    // In histories of older code looks took the places of work.
    if (looks === 0 || !patched('looks-apart')) return false;
    return isLook(step) ? looks < BOUNDS.looks : work - looks < BOUNDS.work;
  }

  /** Whether some are looks at clusters that are away: nobody knows when they end. */
  hasLooksAt(away: AwayClusters): boolean {
    return this.#count((step) => isLookAt(away, step)) > 0;
  }

  /** Whether all are. */
  areLooksAt(away: AwayClusters): boolean {
    return this.#count((step) => !isLookAt(away, step)) === 0;
  }

  #count(counts: (step: PlanStep) => boolean): number {
    return [...this.#steps].filter(counts).length;
  }
}

function isWork({ kind }: PlanStep): boolean {
  return !STEP_TIMING[kind].waits;
}

function isLook({ kind }: PlanStep): boolean {
  return kind === 'precheck';
}

function isLookAt(away: AwayClusters, step: PlanStep): boolean {
  return isLook(step) && step.cluster !== null && away.since(step.cluster) !== undefined;
}
