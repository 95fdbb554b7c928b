import { expect, test } from '@jest/globals';
import { growthOf, grows } from '../../../bench/growth.ts';

const BOUND = { perRound: 1, share: 0.1 };

test('a series that rises by the same each round has that slope', () => {
  expect(growthOf([100, 102, 104, 106, 108])).toEqual({ perRound: 2, share: 8 / 104 });
});

test('one outlier makes no growth', () => {
  expect(growthOf([100, 100, 100, 900, 100, 100]).perRound).toBe(0);
});

test('grows only what rises fast enough and far enough', () => {
  expect(grows(growthOf([100, 105, 110, 115, 120]), BOUND)).toBe(true);
  expect(grows(growthOf([100, 102, 104, 106, 108]), BOUND)).toBe(false);
  expect(grows(growthOf([1, 1.2, 1.4, 1.6, 1.8]), BOUND)).toBe(false);
  expect(grows(growthOf([120, 115, 110, 105, 100]), BOUND)).toBe(false);
});

test('one round has no growth', () => {
  expect(() => growthOf([1])).toThrow('growth takes two rounds at least');
});
