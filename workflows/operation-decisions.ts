import { decide } from '../contract/decisions.ts';
import type {
  CancelInput,
  Decided,
  DecidedOperation,
  OperationUpdate,
} from '../contract/decisions.ts';

/** What people decided about one operation as a whole. Owned by one workflow run, never at module level. */
export class OperationDecisions {
  #holds: DecidedOperation;
  #last: { update: OperationUpdate; decided: Decided } | null = null;
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
  get last(): { update: OperationUpdate; decided: Decided } | null {
    return this.#last;
  }

  /** Takes a decision and answers when that was. */
  take(update: OperationUpdate, { by, reason, undo }: CancelInput): string {
    const at = new Date().toISOString();
    const decided = { by, reason, at };
    const undoes = update === 'cancel' && undo === true;
    this.#holds = decide(this.#holds, update, undoes ? { ...decided, undo } : decided);
    this.#last = { update, decided };
    this.#version += 1;
    return at;
  }
}
