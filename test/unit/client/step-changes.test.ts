import { describe, expect, test } from '@jest/globals';
import { ChangeTeller } from '../../../client/live/step-changes.ts';
import { changeLine } from '../../../client/render/change-line.ts';
import { aDoneStep, ago, aLook, aSnapshot, aStep, NOW } from '../../support/a-snapshot.ts';

const MINUTE = 60_000;
const AT = Date.parse(NOW);

function waitingFor(seconds: number) {
  return aStep('west/gateway-address', {
    state: 'waiting',
    attempts: 1,
    since: ago(seconds),
    startedAt: ago(seconds),
    reason: 'no address',
  });
}

/** Lines that a log gets for the steps at a time. */
function lines(teller: ChangeTeller, steps: ReturnType<typeof aStep>[], now = AT): string[] {
  return teller.tell(aSnapshot(steps), now).flatMap((change) => changeLine(change, aLook()) ?? []);
}

describe('progress without a terminal', () => {
  test('is one line for each change, with time and cluster', () => {
    const teller = new ChangeTeller();
    expect(
      lines(teller, [aStep('east/base', { state: 'running', since: ago(9), attempts: 1 })]),
    ).toEqual(['10:02:19Z prod       ● install running']);
    expect(lines(teller, [aDoneStep('east/base', 2)])).toEqual([
      '10:04:58Z east       ✔ base done: 3 objects, 3 changed',
    ]);
    expect(lines(teller, [aDoneStep('east/base', 2)])).toEqual([]);
  });

  test('tells a wait once it is worth it, and once a minute while it lasts', () => {
    const teller = new ChangeTeller();
    teller.tell(aSnapshot([]), AT);
    expect(lines(teller, [waitingFor(4)])).toEqual([]);
    expect(lines(teller, [waitingFor(58)])).toEqual([
      '10:05:00Z west       ◷ gateway address waiting 58s: no address',
    ]);
    expect(lines(teller, [waitingFor(58)], AT + MINUTE - 1)).toEqual([]);
    expect(lines(teller, [waitingFor(58)], AT + MINUTE)).toEqual([
      '10:06:00Z west       ◷ gateway address still waiting 1m58s: no address',
    ]);
    expect(lines(teller, [waitingFor(58)], AT + MINUTE + 1)).toEqual([]);
  });

  test('tells whoever joins late what is going on, not what was done before', () => {
    const steps = [
      aDoneStep('east/base', 90),
      aStep('west/base', { state: 'blocked', since: ago(30), attempts: 1, reason: 'forbidden' }),
    ];
    expect(lines(new ChangeTeller(), steps)).toEqual([
      '10:02:19Z prod       ● install running',
      '10:04:30Z west       ✖ base blocked: forbidden',
    ]);
  });

  test('tells a step done once, whichever of history and workflow is asked: they know different times of it', () => {
    const teller = new ChangeTeller();
    teller.tell(aSnapshot([aStep('east/base')]), AT);
    expect(lines(teller, [aDoneStep('east/base', 9)])).toHaveLength(1);
    expect(lines(teller, [aDoneStep('east/base', 2)])).toEqual([]);
  });

  test('tells again what is done again', () => {
    const teller = new ChangeTeller();
    teller.tell(aSnapshot([aStep('east/base')]), AT);
    expect(lines(teller, [aDoneStep('east/base', 9)])).toHaveLength(1);
    expect(lines(teller, [aDoneStep('east/base', 1, { attempts: 2 })])).toEqual([
      '10:04:59Z east       ✔ base done (attempt 2): 3 objects, 3 changed',
    ]);
  });
});
