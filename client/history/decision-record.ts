import { decide, OPERATION_UPDATES, SKIP_UPDATE } from '../../contract/decisions.ts';
import type { CancelInput, DecidedOperation } from '../../contract/decisions.ts';
import { RETRY_UPDATE } from '../../contract/messages.ts';
import type { RetryInput } from '../../contract/messages.ts';
import { firstOf } from './decode.ts';
import type { HistoryEvent } from './decode.ts';
import type { Decision } from './operation-record.ts';
import type { StepRecords } from './step-records.ts';

/** What the events of a run tell of people's decisions: about steps, and about the whole operation. */
export class DecisionRecord {
  readonly #decisions: Decision[] = [];
  readonly #steps: StepRecords;
  #decided: DecidedOperation;

  /** Decisions about steps are entered in `steps`; `decided` is what an earlier run of the operation knew. */
  constructor(steps: StepRecords, decided: DecidedOperation = {}) {
    this.#steps = steps;
    this.#decided = decided;
  }

  /** What was decided in this run, in order. */
  get all(): Decision[] {
    return this.#decisions;
  }

  /** What was decided about the operation and still holds. */
  get decided(): DecidedOperation {
    return this.#decided;
  }

  /** Whether what is canceled now is canceled together with the operation. */
  get isEnding(): boolean {
    const { aborted, canceled } = this.#decided;
    const isAsked = this.#decisions.some(({ what }) => what === 'cancel');
    return isAsked || aborted !== undefined || canceled !== undefined;
  }

  /** Takes the next event, of an ISO-8601 time. */
  take(event: HistoryEvent, at: string): void {
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    const input = firstOf<RetryInput & CancelInput>(update?.input?.args);
    if (update?.input?.name != null && input !== undefined)
      this.#takeUpdate(update.input.name, input, at);
    const cancel = event.workflowExecutionCancelRequestedEventAttributes;
    if (cancel) this.#takeOther('cancel', cancel.identity, cancel.cause, at);
    const terminate = event.workflowExecutionTerminatedEventAttributes;
    if (terminate) this.#takeOther('terminate', terminate.identity, terminate.reason, at);
  }

  #takeUpdate(
    name: string,
    { step, by, reason, undo }: RetryInput & CancelInput,
    at: string,
  ): void {
    if (name === RETRY_UPDATE || name === SKIP_UPDATE) {
      this.#decisions.push({ what: name, step, by, reason, at });
      if (name === SKIP_UPDATE) this.#steps.skip(step, { by, reason, at });
      else this.#steps.retry(step, by, reason, at);
    }
    const what = OPERATION_UPDATES.find((update) => update === name);
    if (what === undefined) return;
    const undoes: { undo?: true } = what === 'cancel' && undo === true ? { undo } : {};
    this.#decisions.push({ what, step: null, by, reason, at, ...undoes });
    this.#decided = decide(this.#decided, what, { by, reason, at, ...undoes });
  }

  /** What Temporal itself was asked for: its identity of who asks need not be set to a person. */
  #takeOther(
    what: Decision['what'],
    identity: string | null | undefined,
    reason: string | null | undefined,
    at: string,
  ): void {
    this.#decisions.push({
      what,
      step: null,
      by: identity || 'unknown',
      reason: reason || null,
      at,
    });
  }
}
