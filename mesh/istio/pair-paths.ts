import type { VerifyPair } from '../plan/verify-report.ts';
import { ECHO_SERVICE } from './verify-objects.ts';

/** What a client's proxy and the clusters say about the ways of requests. */
export type PathFacts = {
  /** Addresses to which the proxy of each client's cluster sends requests, by the client's cluster. */
  endpoints: { [from: string]: string[] };
  /** Addresses of the pods that answer, by cluster. */
  pods: { [cluster: string]: string };
  /** Network of each cluster. */
  networks: { [cluster: string]: string };
};

/** Command that prints, in the client's container, what its proxy knows of the echo's endpoints; Envoy's admin port is the pod's own. */
export function endpointsCommand(namespace: string): string[] {
  const script = `timeout 5 wget -q -O - http://127.0.0.1:15000/clusters | grep -F '||${ECHO_SERVICE}.${namespace}.svc'`;
  return ['sh', '-c', script];
}

/** Addresses in Envoy's `/clusters`: `outbound|80||echo.ns.svc.cluster.local::10.241.0.4:8080::health_flags::healthy`. */
export function endpointAddresses(stdout: string): string[] {
  const addresses = stdout.split('\n').flatMap((line) => {
    const match = /^outbound\|[^:]*::(?:\[([^\]]+)\]|([^:]+)):\d+::/.exec(line);
    return match?.[1] ?? match?.[2] ?? [];
  });
  return [...new Set(addresses)].sort();
}

function pathOf(from: string, to: string, facts: PathFacts): VerifyPair['path'] {
  const addresses = facts.endpoints[from] ?? [];
  const pod = facts.pods[to];
  if (pod !== undefined && addresses.includes(pod)) return 'direct';
  const pods = new Set(Object.values(facts.pods));
  return addresses.some((address) => !pods.has(address)) ? 'gateway' : undefined;
}

function contradiction(
  { from, to }: VerifyPair,
  path: 'direct' | 'gateway',
  facts: PathFacts,
): string | null {
  const [a, b] = [facts.networks[from], facts.networks[to]];
  if (a === undefined || b === undefined) return null;
  if (a === b && path === 'gateway')
    return `${from} reaches ${to} through a gateway, although both are on network ${a}`;
  if (a !== b && path === 'direct')
    return `${from} looks for pods of ${to} themselves, although ${from} is on network ${a} and ${to} on ${b}: istiod knows no gateway of ${b}`;
  return null;
}

/** Adds to each pair how its requests go, and says of a pair that answers when its way contradicts the networks. */
export function withPaths(pairs: readonly VerifyPair[], facts: PathFacts): VerifyPair[] {
  return pairs.map((pair) => {
    const path = pathOf(pair.from, pair.to, facts);
    if (path === undefined) return pair;
    const why = pair.ok ? contradiction(pair, path, facts) : null;
    return { ...pair, path, ...(why === null ? {} : { ok: false, reason: why }) };
  });
}
