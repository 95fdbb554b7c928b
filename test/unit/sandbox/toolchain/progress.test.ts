import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { withProgress } from '../../../../sandbox/toolchain/progress.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('work that takes long', () => {
  test('says that it starts, that it still goes with the seconds so far, and how long it took', async () => {
    const texts: string[] = [];
    const work = {
      subject: 'kubelet',
      doing: 'building',
      did: 'built',
      what: 'kubelet 1',
    } as const;
    let finish = (): void => {};
    const running = withProgress(
      ({ text }) => texts.push(text),
      { ...work, expectedSeconds: 200 },
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    jest.advanceTimersByTime(31_000);
    finish();
    await running;
    jest.advanceTimersByTime(60_000);
    expect(texts).toEqual([
      'building kubelet 1, once, about 3 min',
      'still building kubelet 1, 15 s so far',
      'still building kubelet 1, 30 s so far',
      'built kubelet 1 in 31 s',
    ]);
  });

  test('is silent after it has failed', async () => {
    const texts: string[] = [];
    const work = {
      subject: 'kubelet',
      doing: 'building',
      did: 'built',
      what: 'kubelet 1',
    } as const;
    const failing = withProgress(
      ({ text }) => texts.push(text),
      work,
      () => Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    jest.advanceTimersByTime(60_000);
    expect(texts).toEqual(['building kubelet 1, once']);
  });
});
