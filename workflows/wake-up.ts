import { CancellationScope, sleep } from '@temporalio/workflow';

/** A timer, at most one, that ends a wait for something to change. Owned by one run, never at module level. */
export class WakeUp {
  readonly #wake: () => void;
  readonly #summary: string | undefined;
  #timer: { atMs: number; scope: CancellationScope } | null = null;

  /** `wake` is called when the time has come; the Temporal UI shows the summary. */
  constructor(wake: () => void, summary?: string) {
    this.#wake = wake;
    this.#summary = summary;
  }

  /** Whether it will wake. */
  get isSet(): boolean {
    return this.#timer !== null;
  }

  /** Wakes at a time, in milliseconds since the epoch, or earlier when that was asked for before. */
  at(atMs: number): void {
    if (this.#timer !== null && this.#timer.atMs <= atMs) return;
    this.cancel();
    const timer = { atMs, scope: new CancellationScope() };
    this.#timer = timer;
    const options = this.#summary === undefined ? {} : { summary: this.#summary };
    timer.scope
      .run(() => sleep(atMs - Date.now(), options))
      .then(() => {
        this.#timer = null;
        this.#wake();
      })
      .catch(() => undefined);
  }

  /** Does not wake any more. */
  cancel(): void {
    this.#timer?.scope.cancel();
    this.#timer = null;
  }
}
