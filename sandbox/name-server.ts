import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readQuestion, writeReply } from './dns-message.ts';
import type { DnsReply } from './dns-message.ts';
import { defaultTtlSeconds, loadBalancerZone } from './fault.ts';
import type { DnsAnswer } from './fault.ts';

/** The name server of the sandbox: nodes ask it, and every cluster's DNS forwards to it. */
export interface NameServer {
  /** Answers a name in a given way until told otherwise; `default` keeps a time to live alone. */
  setAnswer(name: string, answer: DnsAnswer): void;
  /** Forgets what was set for a name. */
  resetAnswer(name: string): void;
  /** Answers a query as it came over the wire; undefined for what is no query, and where silence is the answer. */
  answer(query: Buffer): Buffer | undefined;
  /** Closes the socket. */
  close(): void;
}

/**
 * Starts the name server on UDP port 53 of an address.
 *
 * @param addressesOf the load balancers' addresses behind a name, undefined for an unknown name
 */
export async function startNameServer(
  listenAddress: string,
  addressesOf: (name: string) => readonly string[] | undefined,
): Promise<NameServer> {
  const answers = new Map<string, DnsAnswer>();
  const socket = createSocket('udp4');
  const answer = (query: Buffer): Buffer | undefined => {
    const question = readQuestion(query);
    if (question === undefined) return undefined;
    const reply = replyTo(question.name, answers.get(question.name), addressesOf(question.name));
    return reply === 'silence' ? undefined : writeReply(question, reply);
  };
  socket.on('message', (message, sender) => {
    const reply = answer(message);
    if (reply !== undefined) socket.send(reply, sender.port, sender.address);
  });
  socket.on('error', () => undefined);
  socket.bind(53, listenAddress);
  await once(socket, 'listening');
  return {
    answer,
    setAnswer: (name, answer) => void answers.set(name, answer),
    resetAnswer: (name) => void answers.delete(name),
    close: () => socket.close(),
  };
}

/** Decides the answer for a name: what was set for it first, then the load balancers' names. */
export function replyTo(
  name: string,
  answer: DnsAnswer | undefined,
  addresses: readonly string[] | undefined,
): DnsReply | 'silence' {
  const ttlSeconds = answer?.ttlSeconds ?? defaultTtlSeconds;
  switch (answer?.type) {
    case 'addresses':
      return { code: 0, addresses: answer.addresses, ttlSeconds };
    case 'timeout':
      return 'silence';
    case 'servfail':
      return { code: 2, addresses: [], ttlSeconds };
    case 'empty':
      return { code: 0, addresses: [], ttlSeconds };
    case 'nxdomain':
      return { code: 3, addresses: [], ttlSeconds };
    default:
      break;
  }
  if (addresses !== undefined) return { code: 0, addresses, ttlSeconds };
  // Nothing but the zone exists in here; a quick "no" beats a wait for a machine that is not there.
  const zoneItself = name === loadBalancerZone;
  return { code: zoneItself ? 0 : 3, addresses: [], ttlSeconds };
}
