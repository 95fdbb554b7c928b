/** Lets at most so many pieces of work run at once; the others wait in the order they came. */
export type Limiter = {
  /** Runs `work` as soon as there is room. @throws the signal's reason when it aborts while waiting. */
  run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
};

/** Makes a limiter for `limit` pieces of work at once. */
export function createLimiter(limit: number): Limiter {
  const waiting = new Set<() => void>();
  let running = 0;

  const enter = (signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    if (running < limit) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(go);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.add(go);
    });
  };

  const exit = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
      return;
    }
    waiting.delete(next);
    next();
  };

  return {
    run: async (signal, work) => {
      await enter(signal);
      try {
        return await work();
      } finally {
        exit();
      }
    },
  };
}
