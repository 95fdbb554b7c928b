import { workflowInfo } from '@temporalio/workflow';

/** Events that a run must never have: from here on Temporal suggests to continue as new. */
const MOST_EVENTS = 4_096;
/** Kept for what ends a run: the last tasks, a timer, an end that Temporal refuses because something came in between. */
const END_EVENTS = 96;
/**
 * Events that one step in flight may still add at most: scheduled, cancel requested, started, ended; a workflow task of three for its end alone;
 * and a search attribute that says it is blocked.
 */
const STEP_EVENTS = 8;
/** Events of a retry that a person asks for while a run comes to its end: accepted, completed, a workflow task, a search attribute. */
const RETRY_EVENTS = 6;
/** Blocked steps for which a retry at the end of the run is reckoned with. A bound, so that every run has room for some steps of its own. */
const RETRIES = 100;

/** What is left of the history of one run for steps. Owned by one run, never at module level. */
export class HistoryRoom {
  readonly #isBounded: boolean;
  #inFlight = 0;
  #isFull = false;

  /** A room without bound is for operations that end before they could reach it. */
  constructor(isBounded: boolean) {
    this.#isBounded = isBounded;
  }

  /** Whether the run must come to its end: once it is full it stays so. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Takes the room of one more step, or finds the run to be full. `blocked` counts the steps that wait for a person. */
  take(blocked: number): boolean {
    if (this.#isBounded && !this.#fits(blocked)) this.#isFull = true;
    if (this.#isFull) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Gives back the room of a step that has ended. */
  giveBack(): void {
    this.#inFlight -= 1;
  }

  #fits(blocked: number): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    const steps = (this.#inFlight + 1) * STEP_EVENTS;
    const retries = Math.min(blocked, RETRIES) * RETRY_EVENTS;
    return !continueAsNewSuggested && historyLength + steps + retries <= MOST_EVENTS - END_EVENTS;
  }
}
