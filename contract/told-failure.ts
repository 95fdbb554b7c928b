/** Why something failed, as `-o json` prints it. Fields are only ever added. */
export type ToldFailure = {
  /** FailureType, or the name of what Temporal itself reports, e.g. `TimedOut`. */
  type: string;
  /** One sentence. */
  message: string;
  /** What is known of it besides, one line each, e.g. what a pod says of itself; absent when nothing is. */
  causes?: string[];
  /** What a person can do; absent when nobody knows. */
  cure?: string;
};

/** Makes it from a failure with its further lines and its cure. */
export function toldFailure({
  type,
  message,
  lines,
  cure,
}: {
  type: string;
  message: string;
  lines: readonly string[];
  cure: string | null;
}): ToldFailure {
  return {
    type,
    message,
    ...(lines.length === 0 ? {} : { causes: [...lines] }),
    ...(cure === null ? {} : { cure }),
  };
}

/** Makes it from a step that was blocked, failed or is retried; null when it was not. */
export function failureOfStep(step: {
  failure: string | null;
  reason: string | null;
  lines: readonly string[];
  cure: string | null;
}): ToldFailure | null {
  const { failure: type, reason, lines, cure } = step;
  return type === null ? null : toldFailure({ type, message: reason ?? '', lines, cure });
}
