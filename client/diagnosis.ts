import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** One thing that must hold before Temporal can be used. */
export type Check = {
  /** What was looked at, e.g. `TCP`. */
  name: string;
  /** `skipped`: nothing to look at, or something before it failed. */
  state: 'ok' | 'failed' | 'skipped';
  /** What was found. */
  text: string;
};

/** Time limit of each check, in milliseconds. */
const CHECK_MS = 3_000;

/**
 * Finds out how far one gets towards Temporal: name, port, TLS. The last word has what the client itself was told.
 * Never throws.
 */
export async function diagnoseConnection(
  address: string,
  tls: boolean,
  refusal: string,
): Promise<Check[]> {
  const { host, port } = splitAddress(address);
  const dns = await checkDns(host);
  const tcp = dns.state === 'failed' ? notReached('TCP') : await checkTcp(host, port);
  const secure =
    tcp.state !== 'ok'
      ? notReached('TLS')
      : tls
        ? await checkTls(host, port)
        : skipped('TLS', 'not asked for');
  const grpc: Check =
    secure.state === 'failed' || tcp.state !== 'ok' ? notReached('gRPC') : failed('gRPC', refusal);
  return [dns, tcp, secure, grpc];
}

/** Whether something listens at the address. */
export async function isReachable(address: string): Promise<boolean> {
  const { host, port } = splitAddress(address);
  return (await checkTcp(host, port)).state === 'ok';
}

/** Splits `host:port`; brackets around an IPv6 address are taken off. */
export function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return {
    host: address.slice(0, at).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(at + 1)),
  };
}

async function checkDns(host: string): Promise<Check> {
  if (isIP(host) !== 0) return skipped('DNS', 'the address is an IP');
  try {
    const found = await within(lookup(host, { all: true }), 'no answer from the name server');
    return ok('DNS', `${host} is ${found.map((entry) => entry.address).join(', ')}`);
  } catch (error) {
    return failed('DNS', codeOf(error) === 'ENOTFOUND' ? `${host} is not known` : reasonOf(error));
  }
}

async function checkTcp(host: string, port: number): Promise<Check> {
  try {
    await connected(() => connectTcp({ host, port }), 'connect');
    return ok('TCP', `something listens at ${host}:${port}`);
  } catch (error) {
    return failed(
      'TCP',
      codeOf(error) === 'ECONNREFUSED'
        ? 'connection refused: nothing is listening'
        : reasonOf(error),
    );
  }
}

async function checkTls(host: string, port: number): Promise<Check> {
  try {
    // whether the certificate is trusted is decided by the client's own options; here it only matters whether TLS is spoken
    await connected(
      () => connectTls({ host, port, rejectUnauthorized: false, ALPNProtocols: ['h2'] }),
      'secureConnect',
    );
    return ok('TLS', 'TLS is spoken');
  } catch (error) {
    return failed('TLS', `no TLS: ${reasonOf(error)}`);
  }
}

async function connected(open: () => Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  const socket = open();
  try {
    const opened = new Promise<void>((resolve, reject) =>
      socket.once(event, () => resolve()).once('error', reject),
    );
    await within(opened, `no answer within ${CHECK_MS / 1000} s: a firewall may drop it`);
  } finally {
    socket.destroy();
  }
}

async function within<T>(work: Promise<T>, late: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late)), CHECK_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function reasonOf(error: unknown): string {
  // connecting to a name with several addresses fails with one error for each
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message : String(first);
}

function ok(name: string, text: string): Check {
  return { name, state: 'ok', text };
}

function failed(name: string, text: string): Check {
  return { name, state: 'failed', text };
}

function skipped(name: string, text: string): Check {
  return { name, state: 'skipped', text };
}

function notReached(name: string): Check {
  return skipped(name, 'not reached');
}
