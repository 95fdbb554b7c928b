import type { StepHeartbeat } from '../../contract/step-activities.ts';

/** What a step knows of the attempt it runs in. */
export interface ActivityScope {
  /** Aborts when the attempt is cancelled, timed out or superseded, or the worker shuts down. */
  readonly signal: AbortSignal;
  /** Says what is awaited, for `status` and the UI; kept in every following heartbeat until said otherwise. */
  report(heartbeat: StepHeartbeat): void;
  /** When the cluster was last away while this was awaited, in an attempt before too, ISO-8601; null when it never was. */
  awayAt(waitingFor: string): string | null;
  /** When the step's activity was first scheduled, ISO-8601: the same in every attempt, also in a further run of its workflow, so limits of waits survive both. */
  readonly scheduledAt: string;
  /** Now, in ISO-8601. */
  now(): string;
}
