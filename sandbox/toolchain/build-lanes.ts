/** Runs what it is given when a lane is free, first come first served. */
export type BuildLanes = <T>(build: () => Promise<T>) => Promise<T>;

/**
 * Bounds how many Go builds run at once. A Go build uses every core by itself, so few machines profit from two.
 */
export function createBuildLanes(lanes: number): BuildLanes {
  let free = lanes;
  const waiting: (() => void)[] = [];
  return async (build) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((enter) => waiting.push(enter));
    try {
      return await build();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
