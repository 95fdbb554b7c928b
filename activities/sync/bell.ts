import { rest } from '../attempt/pause.ts';

/** Wakes whoever sleeps on it; rung while nobody sleeps, it lets the next sleeper pass at once. */
export class Bell {
  #rung = new AbortController();

  /** Wakes the sleeper. */
  ring(): void {
    this.#rung.abort();
  }

  /** Sleeps so many milliseconds, or until the bell is rung or the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await rest(ms, AbortSignal.any([this.#rung.signal, signal]));
    this.#rung = new AbortController();
  }
}
