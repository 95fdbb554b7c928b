import { lookup } from 'node:dns/promises';
import type { HostResolver } from '../ports/host-resolver.ts';

/** A HostResolver that asks as every process of the worker's machine does: its hosts file, then its name servers. */
export const dnsHostResolver: HostResolver = {
  async resolve(hostname) {
    try {
      const answers = await lookup(hostname, { all: true });
      return [...new Set(answers.map((answer) => answer.address))].sort();
    } catch {
      return [];
    }
  },
};
