import type { StepFailure } from './step-failure.ts';

/** Ends an operation because of failed steps; never leaves the workflow as it is, see runOperation. */
export class OperationFailed extends Error {
  /** Failed steps in the order of their failing, at least one. */
  readonly failures: readonly { step: string; failure: StepFailure }[];

  /** Keeps the failures. */
  constructor(failures: readonly { step: string; failure: StepFailure }[]) {
    super(failures.map(({ step, failure }) => `${step}: ${failure.message}`).join('; '));
    this.failures = failures;
  }
}
