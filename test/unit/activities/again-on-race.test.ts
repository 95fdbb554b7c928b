import { expect, test } from '@jest/globals';
import { againOnRace } from '../../../activities/attempt/again-on-race.ts';

const RACE = new Error('somebody was faster');
const isRace = (error: unknown): boolean => error === RACE;

/** Work that loses so many races, and how often it was begun. */
function losing(races: number, error = RACE): { work: () => Promise<string>; begun: () => number } {
  let begun = 0;
  const work = async (): Promise<string> => {
    begun += 1;
    if (begun <= races) throw error;
    return 'done';
  };
  return { work, begun: () => begun };
}

test('work that lost four races is done the fifth time', async () => {
  const { work, begun } = losing(4);
  expect(await againOnRace(isRace, work)).toBe('done');
  expect(begun()).toBe(5);
});

test('work that lost five races fails with the last one', async () => {
  const { work, begun } = losing(5);
  await expect(againOnRace(isRace, work)).rejects.toBe(RACE);
  expect(begun()).toBe(5);
});

test('what is no race is not tried again', async () => {
  const { work, begun } = losing(1, new Error('no permission'));
  await expect(againOnRace(isRace, work)).rejects.toThrow('no permission');
  expect(begun()).toBe(1);
});
