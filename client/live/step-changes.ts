import type { OperationState, StepProgress, StepState } from '../../contract/mesh-status.ts';
import { laneOf } from '../render/step-text.ts';
import type { Snapshot } from './snapshot.ts';

/** A change of a step or of the whole operation, as told without a terminal; also a line of `--progress jsonl`. */
export type Change = {
  /** ISO-8601 time of the change; that of the telling for what lasts already. */
  at: string;
  /** ISO-8601 time since when it is so. */
  since: string;
  /** Mesh name. */
  mesh: string;
  /** Cluster, or `mesh`. */
  cluster: string;
  /** Step id; null for the operation. */
  step: string | null;
  /** What the step does; the operation's kind for the operation. */
  title: string;
  /** State that was entered. */
  state: StepState | OperationState;
  /** Attempts so far. */
  attempts: number;
  /** Why. */
  reason: string | null;
  /** Whether the state is an old one that is told again because it lasts. */
  still: boolean;
};

/** A wait is told from this age on, in milliseconds. */
const TOLD_AFTER_MS = 5_000;
/** A state that lasts is told again this often, in milliseconds. */
const AGAIN_AFTER_MS = 60_000;

/** Tells changes between snapshots, each once, and once a minute what lasts. Pure but for its memory of what was told. */
export class ChangeTeller {
  readonly #told = new Map<string, { state: StepState; attempts: number; at: number }>();
  #operation: OperationState | null = null;
  #first = true;

  /** The changes since the snapshot before, in the order of their times. */
  tell(snapshot: Snapshot, now: number): Change[] {
    const { progress } = snapshot;
    const changes = progress.steps.flatMap((step) => this.#tellStep(step, progress.mesh, now));
    this.#first = false;
    changes.sort((a, b) => a.at.localeCompare(b.at));
    const { operation } = progress;
    if (operation.state !== this.#operation) {
      const at =
        operation.finishedAt ??
        (this.#operation === null ? operation.startedAt : new Date(now).toISOString());
      const change: Change = {
        at,
        since: at,
        mesh: progress.mesh,
        cluster: 'mesh',
        step: null,
        title: operation.kind,
        state: operation.state,
        attempts: 1,
        reason: snapshot.failure?.message ?? null,
        still: false,
      };
      if (this.#operation === null && operation.state === 'running') changes.unshift(change);
      else changes.push(change);
      this.#operation = operation.state;
    }
    return changes;
  }

  #tellStep(step: StepProgress, mesh: string, now: number): Change[] {
    const before = this.#told.get(step.id);
    const { state, attempts } = step;
    const age = step.since === null ? 0 : now - Date.parse(step.since);
    // Not by time: Temporal's history and the workflow, which stands in for it, know different ones of the same end.
    const doneAgain = before !== undefined && ENDED.has(state) && attempts > before.attempts;
    const same = before?.state === state && !doneAgain;
    const lasts = LASTING.has(state) && before !== undefined && now - before.at >= AGAIN_AFTER_MS;
    if (state === 'pending' && before === undefined) return [];
    if (same && !lasts) return [];
    if (state === 'waiting' && age < TOLD_AFTER_MS) return [];
    this.#told.set(step.id, { state, attempts, at: now });
    // who begins to follow in the middle wants to know what is going on, not what was done long ago
    if (this.#first && (state === 'done' || state === 'skipped')) return [];
    const told = new Date(now).toISOString();
    const since = step.since ?? told;
    return [
      {
        at: same || state === 'waiting' ? told : since,
        since,
        mesh,
        cluster: laneOf(step),
        step: step.id,
        title: step.title,
        state,
        attempts,
        reason: step.reason,
        still: same,
      },
    ];
  }
}

const ENDED: ReadonlySet<StepState> = new Set(['done', 'skipped', 'failed']);
const LASTING: ReadonlySet<StepState> = new Set(['running', 'waiting', 'retrying']);
