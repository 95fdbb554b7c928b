/**
 * Bounds that the number of successes of a fair run lies within, but for at most `alarm` of all runs: the smallest and the largest count
 * whose tail, exactly summed, is more than half of `alarm`.
 */
export function binomialBounds(
  trials: number,
  probability: number,
  alarm: number,
): { least: number; most: number } {
  const masses = binomialMasses(trials, probability);
  return {
    least: firstBeyond(masses, alarm / 2),
    most: trials - firstBeyond(masses.toReversed(), alarm / 2),
  };
}

/** Probability of each count from 0 to `trials`; logarithms, because the outer ones are below what a number can hold. */
function binomialMasses(trials: number, probability: number): number[] {
  const odds = Math.log(probability) - Math.log1p(-probability);
  let logarithm = trials * Math.log1p(-probability);
  return Array.from({ length: trials + 1 }, (_, count) => {
    if (count > 0) logarithm += Math.log(trials - count + 1) - Math.log(count) + odds;
    return Math.exp(logarithm);
  });
}

function firstBeyond(masses: readonly number[], limit: number): number {
  let tail = 0;
  return masses.findIndex((mass) => (tail += mass) > limit);
}
