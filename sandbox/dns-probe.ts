/**
 * Program: asks the name server given first for `kubernetes.default.svc.cluster.local` until it
 * answers with the address given second. Run inside a node's network namespace, it proves that
 * CoreDNS and kube-proxy both work.
 */
import { Resolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

const [server = '', expected = ''] = process.argv.slice(2);
const resolver = new Resolver({ timeout: 500, tries: 1 });
resolver.setServers([server]);
for (;;) {
  const query = resolver.resolve4('kubernetes.default.svc.cluster.local');
  const addresses = await query.catch((): string[] => []);
  if (addresses.includes(expected)) break;
  await delay(100);
}
