import type { ToldFailure } from '../../contract/told-failure.ts';
import type { StepChanges } from '../../mesh/plan/object-changes.ts';
import type { Decision } from './operation-record.ts';

/** Something that happened in an operation, as Temporal's history tells it. Fields are only ever added. */
export type StoryEvent = {
  /** ISO-8601. */
  at: string;
  /** What happened. `stepFailed`: the step waits for a person, or ended with the operation. */
  event:
    | 'operationStarted'
    | 'operationContinued'
    | 'operationEnded'
    | 'planned'
    | 'stepStarted'
    | 'stepDone'
    | 'stepFailed'
    | 'decided';
  /** Who: the person who asked, or the worker that did it (its identity in Temporal); null when nobody is named. */
  actor: string | null;
  /** Run of the workflow in which it happened. */
  runId: string;
  /** Step it is about; null for the whole operation. */
  step: string | null;
  /** Round of the step, from 1 on; a person's retry begins another one. Null where there is no step. */
  round: number | null;
  /** Attempts of the round, once it is over. */
  attempts: number | null;
  /** How long the round took, retries and waiting included, in milliseconds; null where nothing ended. */
  tookMs: number | null;
  /** What it came to: outcome of a step, state of the operation, why it was started or decided; null when nobody said. */
  detail: string | null;
  /** Why it failed; null when it did not. */
  failure: ToldFailure | null;
  /** Why the last attempt before this one failed; of all attempts but the last, Temporal keeps this one alone. Null when there was none. */
  failedBefore: ToldFailure | null;
  /** What was decided; null for other events. */
  decision: Decision['what'] | null;
  /** What it wrote in clusters; null when nothing, and where the worker was too old to tell. */
  changes: StepChanges | null;
  /** SHA-256 of the spec, with `operationStarted`. */
  specDigest?: string;
  /** Digest of the plan, with `planned`. */
  planDigest?: string;
};
