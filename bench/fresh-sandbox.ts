import { parseDurationMs } from '../sandbox/duration.ts';
import { bringUp } from '../sandbox/up.ts';

/** What both sides of a comparison run on. */
export type BenchShape = {
  /** Number of clusters, each on a network of its own. */
  clusters: number;
  /** Time until a LoadBalancer has its address, e.g. `20s`. */
  lbDelay: string;
  /** Directory of the sandbox; made and removed for every measurement. */
  dir: string;
};

/**
 * Runs a measurement on a sandbox made for it alone, and removes the sandbox in every case.
 * @throws Error when the sandbox does not come up
 */
export async function onFreshSandbox<T>(shape: BenchShape, measure: () => Promise<T>): Promise<T> {
  const { clusters, lbDelay, dir } = shape;
  // Not detached: it ends with the measurement, also when that is killed.
  const { sandbox } = await bringUp(
    { clusters, lbDelayMs: parseDurationMs(lbDelay), dir },
    () => undefined,
  );
  try {
    return await measure();
  } finally {
    await sandbox.down();
  }
}
