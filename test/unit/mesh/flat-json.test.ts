import { describe, expect, test } from '@jest/globals';
import { flatten, inflate } from '../../../mesh/flat-json.ts';

describe('flat JSON', () => {
  test.each([
    ['a scalar', 'text'],
    ['numbers beside lists of numbers', { one: 1, list: [1, 2, [1, 2]], none: null, yes: true }],
    ['nothing in particular', { list: [], object: {}, text: '' }],
    ['a list inside an equal list', [[], [[]]]],
    ['a key that is a number', { 0: 'zero', a: { 0: 1 } }],
  ])('is read as it was written: %s', (_what, value) => {
    expect(inflate(JSON.parse(JSON.stringify(flatten(value))) as never)).toEqual(value);
  });

  test('holds what repeats once', () => {
    const cluster = { name: 'cluster1', context: 'kind-cluster1' };
    const steps = Array.from({ length: 1_000 }, (_, index) => ({ index, cluster: { ...cluster } }));
    const flat = JSON.stringify(flatten(steps));
    expect(flat.match(/kind-cluster1/gu)).toHaveLength(1);
    expect(flat.length).toBeLessThan(JSON.stringify(steps).length / 1.5);
  });

  test('leaves out what JSON leaves out', () => {
    expect(inflate(flatten({ a: undefined, b: [undefined] }))).toEqual({ b: [null] });
  });

  test('is refused when an entry names one that comes later', () => {
    expect(() => inflate([[1], 'later'])).toThrow('no entry 1 before 0');
  });
});
