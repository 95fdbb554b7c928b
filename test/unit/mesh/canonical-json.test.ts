import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '../../../mesh/canonical-json.ts';

describe('canonical JSON', () => {
  test('does not depend on the order of keys, at any depth', () => {
    const one = { b: [{ y: 1, x: 2 }], a: { d: null, c: 'ü"' } };
    const other = { a: { c: 'ü"', d: null }, b: [{ x: 2, y: 1 }] };
    expect(canonicalJson(one)).toBe('{"a":{"c":"ü\\"","d":null},"b":[{"x":2,"y":1}]}');
    expect(canonicalJson(other)).toBe(canonicalJson(one));
  });

  test('depends on the order of lists and on every value', () => {
    const texts = [
      [1, 2],
      [2, 1],
      ['1', 2],
      [[1], 2],
      [1, 2, null],
      { 0: 1, 1: 2 },
      [true],
      ['true'],
    ].map(canonicalJson);
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('is what it was after Temporal carried the value as JSON', () => {
    const value = { a: undefined, b: { c: undefined, d: -0 }, e: [1e21, 0.1] };
    expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(canonicalJson(value));
  });

  test.each([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['undefined in a list', [undefined]],
  ])('refuses %s, which JSON cannot hold', (_, value) => {
    expect(() => canonicalJson({ value })).toThrow(TypeError);
  });
});
