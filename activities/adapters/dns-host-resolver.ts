import { lookup, Resolver } from 'node:dns/promises';
import type { HostResolver } from '../ports/host-resolver.ts';

/** Time limit of one question to a name server, in milliseconds; it is asked twice. */
const ASK_MS = 2_000;

/**
 * A HostResolver that asks the given name servers, or without any as every process of the worker's machine does: its hosts file, then its own
 * name servers.
 */
export function dnsHostResolver(nameServers: readonly string[]): HostResolver {
  return {
    async resolve(hostname) {
      const answers =
        nameServers.length === 0 ? byMachine(hostname) : byServers(hostname, nameServers);
      return [...new Set(await answers)].sort();
    },
  };
}

async function byMachine(hostname: string): Promise<string[]> {
  try {
    return (await lookup(hostname, { all: true })).map((answer) => answer.address);
  } catch {
    return [];
  }
}

async function byServers(hostname: string, nameServers: readonly string[]): Promise<string[]> {
  const resolver = new Resolver({ timeout: ASK_MS, tries: 2 });
  resolver.setServers(nameServers);
  const asked = await Promise.allSettled([
    resolver.resolve4(hostname),
    resolver.resolve6(hostname),
  ]);
  return asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
