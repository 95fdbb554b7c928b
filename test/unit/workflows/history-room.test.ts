import { expect, test } from '@jest/globals';
import { HistoryRoom } from '../../../workflows/history-room.ts';

/** A bounded room of a run whose history can be made longer. */
function aRoom(historyLength: number): {
  room: HistoryRoom;
  run: { historyLength: number; continueAsNewSuggested: boolean };
} {
  const run = { historyLength, continueAsNewSuggested: false };
  return { room: new HistoryRoom(true, () => run), run };
}

test('a look finds a run full that decisions alone have filled, and takes no room of its own', () => {
  const { room, run } = aRoom(3_999);
  room.look(0);
  run.historyLength = 4_000;
  room.look(0);
  expect(room.isFull).toBe(false);
  run.historyLength = 4_001;
  room.look(0);
  expect(room.isFull).toBe(true);
  expect(room.take(0)).toBe(false);
});

test('a look reckons with a decision for each blocked step, up to a hundred', () => {
  const lengths: [number, number, boolean][] = [
    [3_994, 1, false],
    [3_995, 1, true],
    [3_400, 100, false],
    [3_400, 5_000, false],
    [3_401, 5_000, true],
  ];
  for (const [historyLength, blocked, isFull] of lengths) {
    const { room } = aRoom(historyLength);
    room.look(blocked);
    expect({ historyLength, blocked, isFull: room.isFull }).toEqual({
      historyLength,
      blocked,
      isFull,
    });
  }
});

test('a look reckons with the steps in flight, and no more once they have ended', () => {
  const { room, run } = aRoom(3_900);
  expect(room.take(0)).toBe(true);
  room.giveBack();
  run.historyLength = 4_000;
  room.look(0);
  expect(room.isFull).toBe(false);

  const other = aRoom(3_900);
  expect(other.room.take(0)).toBe(true);
  other.run.historyLength = 3_993;
  other.room.look(0);
  expect(other.room.isFull).toBe(true);
});

test('a run that was full once stays so', () => {
  const { room, run } = aRoom(5_000);
  room.look(0);
  run.historyLength = 10;
  room.look(0);
  expect(room.isFull).toBe(true);
});

test('Temporal itself may say that a run is full', () => {
  const { room, run } = aRoom(10);
  run.continueAsNewSuggested = true;
  room.look(0);
  expect(room.isFull).toBe(true);
});

test('a room without bound is never full', () => {
  const room = new HistoryRoom(false, () => ({
    historyLength: 50_000,
    continueAsNewSuggested: true,
  }));
  room.look(100);
  expect([room.isFull, room.take(100)]).toEqual([false, true]);
});
