/** Runs a build when a lane is free, first come first served. */
export type BuildLanes = <T>(build: () => Promise<T>) => Promise<T>;

/**
 * Bounds how many Go builds run at once. A Go build uses every core by itself, so few machines profit from two.
 * The first that fails aborts the rest, and after an abort no further build begins.
 */
export function createBuildLanes(lanes: number, abort: AbortController): BuildLanes {
  let free = lanes;
  const waiting: (() => void)[] = [];
  return async (build) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((enter) => waiting.push(enter));
    try {
      abort.signal.throwIfAborted();
      return await build();
    } catch (error) {
      abort.abort(error);
      throw error;
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
