/** Smallest, middle and largest of several measurements. */
export type Spread = {
  /** Smallest. */
  min: number;
  /** Median; of an even number the mean of the middle two. */
  median: number;
  /** Largest. */
  max: number;
};

/** Sums up measurements; @throws RangeError without any. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no measurements');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

/** Writes seconds for a table, e.g. `15.4`. */
export function seconds(value: number): string {
  return value.toFixed(1).padStart(6);
}

/** What one cluster more adds, between two measurements at different numbers of clusters. */
export function perFurtherCluster<T extends { clusters: number }>(
  fewer: T,
  more: T,
  of: (measured: T) => number,
): number {
  return (of(more) - of(fewer)) / (more.clusters - fewer.clusters);
}
