import type { StepProgress } from './mesh-status.ts';

/** What no longer holds of a step that moves on. */
export const CLEARED = {
  reason: null,
  failure: null,
  cure: null,
  lines: [],
  finishedAt: null,
} satisfies Partial<StepProgress>;

/** What holds of a step before anything was done. */
export const NOTHING_YET = {
  ...CLEARED,
  state: 'pending',
  attempts: 0,
  since: null,
  changed: 0,
  startedAt: null,
  lastRetry: null,
} satisfies Partial<StepProgress>;
