/**
 * Runs `work` with a signal that aborts after `limitMs` or with the outer signal. Listeners and timers are gone afterwards, so
 * a signal that lives for days (that of a waiting activity) collects none.
 * @throws what `onTimeout` makes when the limit passes, the outer signal's reason when it aborts, else what `work` throws.
 */
export async function withinLimit<T>(
  limitMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const follow = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', follow, { once: true });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, limitMs);
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener(
      'abort',
      () => reject(timedOut ? onTimeout() : (outer?.reason as Error)),
      { once: true },
    );
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', follow);
  }
}
