/** How a measurement moves from round to round. */
export type Growth = {
  /** Change a round, in the unit of the measurement: the median of the slopes between all pairs of rounds, which single outliers do not move. */
  perRound: number;
  /** Change from the first judged round to the last, as a share of the median. */
  share: number;
};

/** What counts as growing: both bounds are passed. One alone is noise, or too little to matter. */
export type GrowthBound = {
  /** Change a round, in the unit of the measurement. */
  perRound: number;
  /** Change over all judged rounds, as a share of the median. */
  share: number;
};

/** The growth of a series, one value a round (Theil–Sen). @throws RangeError for fewer than two values */
export function growthOf(values: readonly number[]): Growth {
  const slopes = values.flatMap((later, j) =>
    values.slice(0, j).map((earlier, i) => (later - earlier) / (j - i)),
  );
  if (slopes.length === 0) throw new RangeError('growth takes two rounds at least');
  const perRound = medianOf(slopes);
  return { perRound, share: (perRound * (values.length - 1)) / medianOf(values) };
}

/** Whether a growth passes its bound. */
export function grows(growth: Growth, bound: GrowthBound): boolean {
  return growth.perRound > bound.perRound && growth.share > bound.share;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
