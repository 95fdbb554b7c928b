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
/** Events of a decision, e.g. a retry, that a person asks for while a run comes to its end: accepted, completed, a workflow task, a search attribute. */
const DECISION_EVENTS = 6;
/**
 * Blocked steps for which a retry or skip at the end of the run is reckoned with; the few decisions about a whole operation fit into what is kept for the
 * end. A bound, so that every run has room for some steps of its own.
 */
const DECISIONS = 100;

/** How long the history of a run is. */
type RunLength = Pick<ReturnType<typeof workflowInfo>, 'historyLength' | 'continueAsNewSuggested'>;

/** What is left of the history of one run for steps. Owned by one run, never at module level. */
export class HistoryRoom {
  readonly #isBounded: boolean;
  readonly #read: () => RunLength;
  #inFlight = 0;
  #isFull = false;

  /** A room without bound is for operations that end before they could reach it. `read` tells how long the history is by now. */
  constructor(isBounded: boolean, read: () => RunLength = workflowInfo) {
    this.#isBounded = isBounded;
    this.#read = read;
  }

  /** Whether the run must come to its end: once it is full it stays so. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Takes the room of one more step, or finds the run to be full. `blocked` counts the steps that wait for a person. */
  take(blocked: number): boolean {
    if (this.#isBounded && !this.#fits(blocked, 1)) this.#isFull = true;
    if (this.#isFull) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Finds out whether the run is full without another step: while nothing starts, decisions alone may fill it. */
  look(blocked: number): void {
    if (this.#isBounded && !this.#fits(blocked, 0)) this.#isFull = true;
  }

  /** Gives back the room of a step that has ended. */
  giveBack(): void {
    this.#inFlight -= 1;
  }

  #fits(blocked: number, more: number): boolean {
    const { historyLength, continueAsNewSuggested } = this.#read();
    const steps = (this.#inFlight + more) * STEP_EVENTS;
    const decisions = Math.min(blocked, DECISIONS) * DECISION_EVENTS;
    return !continueAsNewSuggested && historyLength + steps + decisions <= MOST_EVENTS - END_EVENTS;
  }
}
