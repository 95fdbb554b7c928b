import { expect, test } from '@jest/globals';
import { formatDuration, parseDurationMs } from '../../../sandbox/duration.ts';

test.each([
  ['0', 0],
  ['500ms', 500],
  ['20s', 20_000],
  ['1m30s', 90_000],
  ['2h', 7_200_000],
  ['1.5s', 1500],
])('reads %s as %d ms', (text, expected) => {
  expect(parseDurationMs(text)).toBe(expected);
});

test.each(['', '20', '5x', '-3s', 's', '1s garbage'])('refuses "%s" and shows the form', (text) => {
  expect(() => parseDurationMs(text)).toThrow(`"${text}" is not a duration; write it like 500ms`);
});

test.each([
  [450, '450ms'],
  [20_000, '20s'],
  [90_000, '1m30s'],
  [7_500_000, '2h5m'],
])('writes %d ms as %s', (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});
