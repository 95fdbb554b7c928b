import { runMeshwright } from '../bin/run-meshwright.ts';

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
  const words = [
    'sandbox',
    'up',
    '--clusters',
    String(clusters),
    '--lb-delay',
    lbDelay,
    '--dir',
    dir,
    '--detach',
  ];
  const up = await runMeshwright(words);
  if (up.exitCode !== 0)
    throw new Error(`meshwright ${words.join(' ')} ended with ${up.exitCode}:\n${up.stderr}`);
  try {
    return await measure();
  } finally {
    await runMeshwright(['sandbox', 'down', '--dir', dir]);
  }
}
