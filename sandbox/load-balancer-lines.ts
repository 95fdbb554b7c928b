import { hostnameOf, policyFor } from './load-balancer-policy.ts';
import type { BalancedService, PolicyBook } from './load-balancer-policy.ts';

/** One line of the load balancer's state, as `sandbox status` shows it. */
export interface LoadBalancerLine {
  /** `NAMESPACE/NAME`. */
  readonly service: string;
  /** Address given to it; null before. */
  readonly address: string | null;
  /** Hostname it bears; null without one. */
  readonly hostname: string | null;
  /** `dead`: shown but drops packets; `gone`: neither shown nor alive. */
  readonly state: 'waiting' | 'never' | 'ready' | 'dead' | 'gone';
}

/** The state of all Services, ordered by name. */
export function linesOf(
  services: readonly BalancedService[],
  book: PolicyBook,
): LoadBalancerLine[] {
  return services
    .map((balanced) => lineOf(balanced, book))
    .sort((one, other) => one.service.localeCompare(other.service));
}

function lineOf(balanced: BalancedService, book: PolicyBook): LoadBalancerLine {
  const policy = policyFor(book, balanced.service);
  const waiting = policy.neverReason === undefined ? 'waiting' : 'never';
  const given = balanced.alive ? 'ready' : balanced.shown ? 'dead' : 'gone';
  return {
    service: balanced.service,
    address: balanced.address ?? null,
    hostname: hostnameOf(balanced.service, policy) ?? null,
    state: balanced.address === undefined ? waiting : given,
  };
}

/** The hostnames given out and the addresses behind each; Services with one name share it. */
export function addressesByName(
  services: readonly BalancedService[],
  book: PolicyBook,
): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { service, address, shown } of services) {
    const name = hostnameOf(service, policyFor(book, service));
    if (name === undefined || address === undefined || !shown) continue;
    names.set(name, [...(names.get(name) ?? []), address]);
  }
  return names;
}
