import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { pause } from '../../../activities/attempt/pause.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a pause ends after its time and leaves nothing at the signal', async () => {
  const { signal } = new AbortController();
  const paused = pause(1_000, signal);
  await jest.advanceTimersByTimeAsync(1_000);
  await expect(paused).resolves.toBeUndefined();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test.each([1_000, Number.POSITIVE_INFINITY])(
  'a pause of %d ms ends with the reason of whoever aborts, and leaves no timer',
  async (ms) => {
    const controller = new AbortController();
    const paused = pause(ms, controller.signal);
    controller.abort(new Error('superseded'));
    await expect(paused).rejects.toThrow('superseded');
    await expect(pause(ms, controller.signal)).rejects.toThrow('superseded');
    expect(jest.getTimerCount()).toBe(0);
  },
);

test('a pause without end outlasts every time', async () => {
  const ended = jest.fn();
  void pause(Number.POSITIVE_INFINITY, new AbortController().signal).finally(ended);
  await jest.advanceTimersByTimeAsync(3_600_000);
  expect(ended).not.toHaveBeenCalled();
});
