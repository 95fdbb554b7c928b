import { expect, test } from '@jest/globals';
import { binomialBounds } from '../../support/binomial-bounds.ts';

// 10 coins: 0 heads 1/1024, 1 head 10/1024, 2 heads 45/1024.
test.each([
  [1.9 / 1024, { least: 0, most: 10 }],
  [2.1 / 1024, { least: 1, most: 9 }],
  [21.9 / 1024, { least: 1, most: 9 }],
  [22.1 / 1024, { least: 2, most: 8 }],
])('ten coins stay within exact bounds but for %d of all runs', (alarm, bounds) => {
  expect(binomialBounds(10, 0.5, alarm)).toEqual(bounds);
});

// Summed in exact fractions.
test('six hundred requests stay within a tenth of their share, but for one of ten million runs', () => {
  expect(binomialBounds(600, 0.33, 1e-7)).toEqual({ least: 138, most: 261 });
});
