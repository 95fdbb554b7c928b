/**
 * Waits so many milliseconds, without end when there are infinitely many; rejects with the signal's reason as soon as it aborts. The signal is a value, not
 * a question to the attempt: whoever aborts it runs in no activity.
 */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const passed = (): void => {
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(passed, ms);
    const end = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}

/** The same for whoever looks at the signal anyway: it is over, and no failure, when the signal aborts. */
export function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return pause(ms, signal).catch(() => undefined);
}
