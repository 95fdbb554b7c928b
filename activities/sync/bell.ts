/** Wakes whoever sleeps on it; rung while nobody sleeps, it lets the next sleeper pass at once. */
export class Bell {
  #rung = new AbortController();

  /** Wakes the sleeper. */
  ring(): void {
    this.#rung.abort();
  }

  /** Sleeps so many milliseconds, or until the bell is rung or the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await pause(ms, AbortSignal.any([this.#rung.signal, signal]));
    this.#rung = new AbortController();
  }
}

/** Sleeps so many milliseconds, or until the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
