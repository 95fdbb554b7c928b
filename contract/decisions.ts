/** What a person decided about a running operation: who, why and when. */
export type Decided = {
  /** Who. */
  by: string;
  /** Why. */
  reason: string;
  /** ISO-8601. */
  at: string;
};

/** Argument of the updates `abort`, `pause` and `resume`. */
export type DecisionInput = {
  /** Who asks. */
  by: string;
  /** Why; must not be empty. */
  reason: string;
};

/** Argument of the update `cancel`. */
export type CancelInput = DecisionInput & {
  /** Whether what the operation made is taken back before it ends. @default false */
  undo?: boolean;
};

/** Argument of the update `skip`: let a blocked step count as finished. */
export type SkipInput = DecisionInput & {
  /** Step id. */
  step: string;
};

/** Answer of the update `skip`. */
export type SkipResult = {
  /** Step id. */
  step: string;
  /** What the mesh does without. */
  missing: string;
};

/** Answer of the updates about a whole operation. */
export type DecisionResult = {
  /** ISO-8601 time at which it was accepted. */
  at: string;
};

/** What was decided about a whole operation and still holds. */
export type DecidedOperation = {
  /** No new step starts; absent when it is not paused. */
  paused?: Decided;
  /** It was given up: absent when it was not. */
  aborted?: Decided;
  /** It was cancelled by the update `cancel`, and what it made is taken back if `undo` is there; absent when it was not. */
  canceled?: Decided & { undo?: true };
};

/** Names of the updates about a whole operation. */
export const OPERATION_UPDATES = ['abort', 'pause', 'resume', 'cancel'] as const;
/** A decision about a whole operation. */
export type OperationUpdate = (typeof OPERATION_UPDATES)[number];
/** Name of the update that lets a blocked step count as finished. */
export const SKIP_UPDATE = 'skip';

/** What holds of an operation after another decision about it. Its end takes a pause back: there is nothing left to hold. */
export function decide(
  before: DecidedOperation,
  update: OperationUpdate,
  decided: Decided & { undo?: true },
): DecidedOperation {
  const { paused: _paused, ...others } = before;
  switch (update) {
    case 'pause':
      return { ...others, paused: decided };
    case 'resume':
      return others;
    case 'abort':
      return { ...others, aborted: decided };
    case 'cancel':
      return { ...others, canceled: decided };
  }
}
