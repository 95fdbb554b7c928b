import { describe, expect, test } from '@jest/globals';
import { readQuestion, writeReply } from '../../../sandbox/dns-message.ts';
import { replyTo } from '../../../sandbox/name-server.ts';

/** A query as Linux's resolver sends it. */
const query = (name: string, type: number) => {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const header = Buffer.from([0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1])]);
};

const answered = (
  name: string,
  type: number,
  ...rest: Parameters<typeof replyTo> extends [string, ...infer R] ? R : never
) => {
  const question = readQuestion(query(name, type));
  const reply = replyTo(name, ...rest);
  if (question === undefined || reply === 'silence') throw new Error('no answer');
  return writeReply(question, reply);
};

describe('an answer', () => {
  test('repeats id and question, and carries address and time to live', () => {
    const message = answered('GW1.lb.test', 1, undefined, ['198.18.1.7']);
    expect(message.readUInt16BE(0)).toBe(0xabcd);
    expect(message.readUInt16BE(6)).toBe(1);
    const record = message.subarray(message.length - 16);
    expect(record.readUInt32BE(6)).toBe(5);
    expect([...record.subarray(12)]).toEqual([198, 18, 1, 7]);
  });

  test('to AAAA is empty and says for how long', () => {
    const message = answered('gw1.lb.test', 28, undefined, ['198.18.1.7']);
    expect(message.readUInt16BE(2) & 0xf).toBe(0);
    expect(message.readUInt16BE(6)).toBe(0);
    expect(message.readUInt16BE(8)).toBe(1);
    expect(message.readUInt32BE(message.length - 4)).toBe(5);
  });

  test('denies what it does not know', () => {
    expect(answered('gw9.lb.test', 1, undefined, undefined).readUInt16BE(2) & 0xf).toBe(3);
  });
});

describe('a DNS fault', () => {
  test('decides before the load balancers do', () => {
    const ttlSeconds = 60;
    expect(replyTo('a.lb.test', { type: 'nxdomain', ttlSeconds }, ['198.18.1.1'])).toMatchObject({
      code: 3,
      ttlSeconds,
    });
    expect(replyTo('a.lb.test', { type: 'servfail', ttlSeconds }, ['198.18.1.1'])).toMatchObject({
      code: 2,
    });
    expect(replyTo('a.lb.test', { type: 'empty', ttlSeconds }, ['198.18.1.1'])).toMatchObject({
      code: 0,
      addresses: [],
    });
    expect(replyTo('a.lb.test', { type: 'timeout', ttlSeconds }, ['198.18.1.1'])).toBe('silence');
    expect(
      replyTo('a.lb.test', { type: 'addresses', addresses: ['1.2.3.4'], ttlSeconds }, [
        '198.18.1.1',
      ]),
    ).toMatchObject({
      addresses: ['1.2.3.4'],
    });
  });

  test('of type default changes the time to live alone', () => {
    expect(replyTo('a.lb.test', { type: 'default', ttlSeconds: 300 }, ['198.18.1.1'])).toEqual({
      code: 0,
      addresses: ['198.18.1.1'],
      ttlSeconds: 300,
    });
  });
});

test.each([
  ['too short', Buffer.alloc(5)],
  [
    'two questions',
    Buffer.concat([Buffer.from([0, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0]), Buffer.alloc(20)]),
  ],
  [
    'a name that never ends',
    Buffer.concat([Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from([3, 97])]),
  ],
  [
    'a pointer in the question',
    Buffer.concat([
      Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      Buffer.from([0xc0, 12, 0, 1, 0, 1]),
    ]),
  ],
])('a message with %s is no question', (_, message) => {
  expect(readQuestion(message)).toBeUndefined();
});
