import { describe, expect, test } from '@jest/globals';
import { planFaults } from '../../../../mesh/plan/plan-faults.ts';

const steps = (graph: { [id: string]: string[] }) =>
  Object.entries(graph).map(([id, needs]) => ({ id, needs }));

describe('a list of steps', () => {
  test('is a plan when every need is there and nothing waits for itself', () => {
    expect(planFaults([])).toEqual([]);
    expect(planFaults(steps({ d: ['b', 'c'], b: ['a'], c: ['a'], a: [] }))).toEqual([]);
  });

  test('is none when an id is used twice', () => {
    expect(planFaults([...steps({ a: [] }), ...steps({ a: [] })])).toEqual([
      'step a is there twice',
    ]);
  });

  test('is none when a need is not there', () => {
    expect(planFaults(steps({ a: ['b'] }))).toEqual(['step a needs b, which is not in the plan']);
  });

  test('is none when steps wait for each other, and names what is held up', () => {
    expect(planFaults(steps({ a: [], b: ['a', 'd'], c: ['b'], d: ['c'] }))).toEqual([
      'these steps wait for each other: b, c, d',
    ]);
    expect(planFaults(steps({ a: ['a'] }))).toEqual(['these steps wait for each other: a']);
  });
});
