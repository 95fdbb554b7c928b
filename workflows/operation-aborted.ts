import { ApplicationFailure } from '@temporalio/workflow';
import type { Decided } from '../contract/decisions.ts';
import type { StepProgress } from '../contract/mesh-status.ts';
import type { FailureDetails, FailureType } from '../mesh/failure.ts';

/** Most lines in the failure of a workflow. */
const LINES = 10;

/** Ends an operation because a person gave it up; never leaves the workflow as it is, see runOperation. */
export class OperationAborted extends Error {
  readonly #blocked: readonly StepProgress[];

  /** Keeps who gave it up, and what was blocked then. */
  constructor({ by, reason }: Decided, blocked: readonly StepProgress[]) {
    super(`aborted by ${by}: ${reason}`);
    this.#blocked = blocked;
  }

  /** The failure of the workflow. */
  asApplicationFailure(): ApplicationFailure {
    const type: FailureType = 'Aborted';
    const details: FailureDetails = {
      lines: this.#blocked.map(({ id, reason }) => `${id}: ${reason ?? ''}`).slice(0, LINES),
      cure: 'remove what blocked it, then ask for the operation again: it goes on from what is there',
    };
    return ApplicationFailure.nonRetryable(this.message, type, details);
  }
}
