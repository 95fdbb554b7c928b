import { expect, jest, test } from '@jest/globals';
import {
  againOnConflict,
  againWhileModified,
} from '../../../../activities/adapters/again-on-conflict.ts';
import type { ApiAnswer } from '../../../../activities/adapters/api-connection.ts';

const MODIFIED =
  'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again';

function conflict(status: { [field: string]: string | object }): ApiAnswer {
  return {
    code: 409,
    body: { kind: 'Status', reason: 'Conflict', ...status } as ApiAnswer['body'],
    at: null,
  };
}

/** Writes that are answered so often with a conflict, and how often they were sent. */
function losing(
  times: number,
  answer: ApiAnswer,
): { write: () => Promise<ApiAnswer>; sent: () => number } {
  let sent = 0;
  const write = (): Promise<ApiAnswer> => {
    sent += 1;
    return Promise.resolve(sent <= times ? answer : { code: 200, body: {}, at: null });
  };
  return { write, sent: () => sent };
}

test('a write that met four others is done the fifth time', async () => {
  const { write, sent } = losing(4, conflict({ message: MODIFIED }));
  expect(await againWhileModified(write, undefined)).toMatchObject({ code: 200 });
  expect(sent()).toBe(5);
});

test('a write that met five others answers how the last one ended', async () => {
  const { write, sent } = losing(5, conflict({ message: MODIFIED }));
  expect(await againWhileModified(write, undefined)).toMatchObject({ code: 409 });
  expect(sent()).toBe(5);
});

test.each([
  ['a field of somebody else', { message: MODIFIED, details: { causes: [{ field: '.a' }] } }],
  ['an object that is there', { reason: 'AlreadyExists', message: MODIFIED }],
  ['a quota', { message: 'exceeded quota' }],
])('%s is not tried again', async (_what, status) => {
  const { write, sent } = losing(1, conflict(status));
  expect(await againWhileModified(write, undefined)).toMatchObject({ code: 409 });
  expect(sent()).toBe(1);
});

test('a pause between two tries ends with the signal, and the next try tells of it', async () => {
  jest.useFakeTimers();
  const controller = new AbortController();
  const work = jest
    .fn<() => Promise<boolean>>()
    .mockResolvedValueOnce(true)
    .mockRejectedValueOnce(new Error('superseded'));
  const ended = againOnConflict(Boolean, work, controller.signal);
  await jest.advanceTimersByTimeAsync(10);
  expect(work).toHaveBeenCalledTimes(1);
  controller.abort();
  await expect(ended).rejects.toThrow('superseded');
  jest.useRealTimers();
});
