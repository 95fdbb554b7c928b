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
  readonly #work = new Set<PlanStep>();
  readonly #waits = new Set<PlanStep>();
  /** Looks at clusters; one counts as work, too. */
  readonly #looks = new Set<PlanStep>();

  /** Whether there are none. */
  get isIdle(): boolean {
    return this.isIdleButForWaits && this.#waits.size === 0;
  }

  /** Whether there are none but waits. */
  get isIdleButForWaits(): boolean {
    return this.#work.size + this.#looks.size === 0;
  }

  /** Takes a step that starts. */
  add(step: PlanStep): void {
    this.#of(step).add(step);
  }

  /** Lets go of a step that has ended. */
  delete(step: PlanStep): void {
    this.#of(step).delete(step);
  }

  /** Whether another step may start. */
  hasPlaceFor(step: PlanStep): boolean {
    const steps = this.#of(step);
    if (steps === this.#waits) return steps.size < BOUNDS.waits;
    if (this.#work.size + this.#looks.size < BOUNDS.work) return true;
    // In histories of older code looks took the places of work.
    if (this.#looks.size === 0 || !patched('looks-apart')) return false;
    return steps.size < (steps === this.#looks ? BOUNDS.looks : BOUNDS.work);
  }

  /** Whether some are looks at clusters that are away: nobody knows when they end. */
  hasLooksAt(away: AwayClusters): boolean {
    return [...this.#looks].some((look) => isAt(away, look));
  }

  /** Whether all are. */
  areLooksAt(away: AwayClusters): boolean {
    const others = this.#work.size + this.#waits.size;
    return others === 0 && [...this.#looks].every((look) => isAt(away, look));
  }

  #of({ kind }: PlanStep): Set<PlanStep> {
    if (kind === 'precheck' || kind === 'reachCluster') return this.#looks;
    return STEP_TIMING[kind].waits ? this.#waits : this.#work;
  }
}

function isAt(away: AwayClusters, { cluster }: PlanStep): boolean {
  return cluster !== null && away.since(cluster) !== undefined;
}
