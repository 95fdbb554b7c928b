import { decide } from '../contract/decisions.ts';
import type {
  CancelInput,
  Decided,
  DecidedOperation,
  OperationUpdate,
} from '../contract/decisions.ts';

/** A decision about an operation as a whole that was taken. */
export type TakenDecision = {
  /** What was decided. */
  update: OperationUpdate;
  /** Who, why and when. */
  decided: Decided;
};

/** Decisions that are remembered; the history has all of them. */
const REMEMBERED = 10;

/** What people decided about one operation as a whole. Owned by one workflow run, never at module level. */
export class OperationDecisions {
  #holds: DecidedOperation;
  #taken: TakenDecision[] = [];
  #version = 0;

  /** Begins with what an earlier run of the operation was told. */
  constructor(holds: DecidedOperation = {}) {
    this.#holds = holds;
  }

  /** Grows with every decision. */
  get version(): number {
    return this.#version;
  }

  /** What holds now. */
  get holds(): DecidedOperation {
    return this.#holds;
  }

  /** The latest decision of this run; null before the first. */
  get last(): TakenDecision | null {
    return this.#taken.at(-1) ?? null;
  }

  /** The decisions of this run that were taken last, the latest at the end. */
  get taken(): readonly TakenDecision[] {
    return this.#taken;
  }

  /** Takes a decision and answers when that was. */
  take(update: OperationUpdate, { by, reason, undo }: CancelInput): string {
    const at = new Date().toISOString();
    const decided = { by, reason, at };
    const undoes = update === 'cancel' && undo === true;
    this.#holds = decide(this.#holds, update, undoes ? { ...decided, undo } : decided);
    this.#taken = [...this.#taken, { update, decided }].slice(-REMEMBERED);
    this.#version += 1;
    return at;
  }
}
