import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dnsHostResolver } from '../../../../activities/adapters/dns-host-resolver.ts';
import { readQuestion, writeReply } from '../../../../sandbox/dns-message.ts';
import { replyTo } from '../../../../sandbox/name-server.ts';

/** A real name server on this machine, with the sandbox's answers. */
let server: Socket;
let nameServer = '';
const addresses: { [name: string]: string[] } = { 'gw1.lb.test': ['198.18.1.7', '198.18.1.5'] };

beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (message, sender) => {
    const question = readQuestion(message);
    if (question === undefined) return;
    const servfail = { type: 'servfail', ttlSeconds: 5 } as const;
    const fault = question.name === 'broken.lb.test' ? servfail : undefined;
    const reply = replyTo(question.name, fault, addresses[question.name]);
    if (reply !== 'silence') server.send(writeReply(question, reply), sender.port, sender.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  nameServer = `127.0.0.1:${server.address().port}`;
});

afterAll(() => {
  server.close();
});

test('a host name resolves to all its addresses, sorted, each time anew', async () => {
  const resolver = dnsHostResolver([nameServer]);
  expect(await resolver.resolve('gw1.lb.test')).toEqual(['198.18.1.5', '198.18.1.7']);
  addresses['gw1.lb.test'] = ['198.18.1.9'];
  expect(await resolver.resolve('gw1.lb.test')).toEqual(['198.18.1.9']);
});

test('a name that does not exist, or whose server fails, resolves to nothing', async () => {
  const resolver = dnsHostResolver([nameServer]);
  expect(await resolver.resolve('gone.lb.test')).toEqual([]);
  expect(await resolver.resolve('broken.lb.test')).toEqual([]);
});

test('without name servers of its own it asks as the machine does', async () => {
  expect(await dnsHostResolver([]).resolve('localhost')).toContain('127.0.0.1');
});
