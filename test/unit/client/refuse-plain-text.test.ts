import { expect, test } from '@jest/globals';
import type { TemporalAccess } from '../../../client/connection.ts';
import { refusePlainText } from '../../../client/refuse-plain-text.ts';
import { encryptingIdentity } from '../../../codec/encrypting-identity.ts';

const KEY = '0123456789ab';

/** Temporal with workers that polled so many seconds after the epoch, and encrypt or not. */
function withWorkers(workers: [number, string | null][], keyId: string | null): TemporalAccess {
  const pollers = workers.map(([seconds, key]) => ({
    identity: encryptingIdentity('7@worker', key),
    lastAccessTime: { seconds },
  }));
  const access = {
    keyId,
    target: { namespace: 'default' },
    connection: {
      withDeadline: (_until: number, call: () => unknown) => call(),
      workflowService: { describeTaskQueue: () => Promise.resolve({ pollers }) },
    },
  };
  return access as unknown as TemporalAccess;
}

test('who has asked already who polls is not made to ask again', async () => {
  const access = withWorkers([[1, null]], null);
  const presence = { polls: true, lastSeen: null, identity: encryptingIdentity('7@worker', KEY) };
  await expect(refusePlainText(access, presence)).rejects.toMatchObject({ exitCode: 2 });
});

test('a command without keys starts nothing where the worker encrypts, and is told with which key', async () => {
  await expect(refusePlainText(withWorkers([[1, KEY]], null))).rejects.toMatchObject({
    message: expect.stringContaining(`the worker encrypts with key ${KEY}`) as unknown,
    exitCode: 2,
  });
});

test.each<[string, [number, string | null][], string | null]>([
  ['has keys', [[1, KEY]], KEY],
  ['meets a worker that does not encrypt', [[1, null]], null],
  [
    'meets one that did, and one that polled later and does not',
    [
      [2, null],
      [1, KEY],
    ],
    null,
  ],
  ['meets no worker', [], null],
])('a command starts that %s', async (_which, workers, keyId) => {
  await expect(refusePlainText(withWorkers(workers, keyId))).resolves.toBeUndefined();
});
