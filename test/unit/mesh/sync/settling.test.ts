import { describe, expect, test } from '@jest/globals';
import {
  CALM_MS,
  HOLD_MS,
  holdAfter,
  Settling,
  TROUBLE_HOLD_MS,
} from '../../../../mesh/sync/settling.ts';
import type { TargetLook } from '../../../../mesh/sync/target-look.ts';

const ID = 'cluster2/istiod-address';

function look(
  state: TargetLook['state'],
  wanted: string[],
  more: Partial<TargetLook> = {},
): TargetLook {
  return { target: ID, state, live: ['198.18.1.1'], wanted, reason: null, ...more };
}

const FOLLOWED = look('followed', ['198.18.1.1']);
const MOVED = look('differs', ['198.18.1.2']);

describe('a difference', () => {
  test('is news when it has stayed the same for the hold, and not before', () => {
    const settling = new Settling([FOLLOWED]);
    settling.see(MOVED, 1_000);
    settling.see(MOVED, 1_000 + HOLD_MS - 1);
    expect(settling.news(1_000 + HOLD_MS - 1)).toEqual([]);
    expect(settling.dueAt(ID)).toBe(1_000 + HOLD_MS);
    expect(settling.news(1_000 + HOLD_MS)).toEqual([MOVED]);
  });

  test('that flaps faster than the hold is never news', () => {
    const settling = new Settling([FOLLOWED]);
    for (let time = 0; time < 60_000; time += 1_000) {
      settling.see(time % 2_000 === 0 ? MOVED : look('differs', ['198.18.1.3']), time);
      expect(settling.news(time)).toEqual([]);
    }
  });

  test('that is gone again is no news', () => {
    const settling = new Settling([FOLLOWED]);
    settling.see(MOVED, 0);
    settling.see(FOLLOWED, 500);
    expect(settling.news(10_000)).toEqual([]);
    expect(settling.dueAt(ID)).toBeNull();
  });

  test('that could not be written is news only when it is another one', () => {
    const settling = new Settling([{ ...MOVED, state: 'blocked', reason: 'forbidden' }]);
    settling.see(MOVED, 0);
    expect(settling.news(10_000)).toEqual([]);
    expect(settling.settled(10_000)).toEqual([MOVED]);
    const other = look('differs', ['198.18.1.9']);
    settling.see(other, 10_000);
    expect(settling.news(10_000 + HOLD_MS)).toEqual([other]);
  });

  test('is held for as long as its target is told to be', () => {
    const settling = new Settling([FOLLOWED], { [ID]: 20_000 });
    settling.see(MOVED, 0);
    expect(settling.news(19_999)).toEqual([]);
    expect(settling.news(20_000)).toEqual([MOVED]);
  });
});

describe('trouble', () => {
  test('is news only when it lasts, whatever words it uses', () => {
    const settling = new Settling([FOLLOWED]);
    const away = (reason: string): TargetLook => look('unreachable', [], { live: [], reason });
    settling.see(away('connection refused'), 0);
    settling.see(away('timed out after 10 s'), 3_000);
    expect(settling.news(TROUBLE_HOLD_MS - 1)).toEqual([]);
    expect(settling.news(TROUBLE_HOLD_MS)).toEqual([away('timed out after 10 s')]);
  });

  test('is no news twice', () => {
    const settling = new Settling([look('unreachable', [], { live: [], reason: 'one' })]);
    settling.see(look('unreachable', [], { live: [], reason: 'other' }), 0);
    expect(settling.news(60_000)).toEqual([]);
  });

  test('of an address that is kept is news again when its reason is another', () => {
    const kept = look('kept', ['198.18.1.1'], { reason: 'has no address' });
    const settling = new Settling([kept]);
    const next = { ...kept, reason: 'the worker cannot resolve gw1.lb.test' };
    settling.see(next, 0);
    expect(settling.news(TROUBLE_HOLD_MS)).toEqual([next]);
  });
});

test('what is as it should be is news at once when that was not known', () => {
  const settling = new Settling([]);
  settling.see(FOLLOWED, 0);
  expect(settling.news(0)).toEqual([FOLLOWED]);
});

test('a target that keeps changing is held longer and longer, up to a minute', () => {
  expect([0, 3, 4, 5, 6, 30].map(holdAfter)).toEqual([
    HOLD_MS,
    HOLD_MS,
    2 * HOLD_MS,
    4 * HOLD_MS,
    8 * HOLD_MS,
    60_000,
  ]);
  expect(CALM_MS).toBeGreaterThan(60_000);
});
