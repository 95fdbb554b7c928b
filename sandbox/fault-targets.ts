import type { Fault } from './fault.ts';
import type { BalancedService } from './load-balancer-policy.ts';
import { UsageError } from './usage-error.ts';

/**
 * Refuses a fault for a Service that has no load balancer, or for all when there is none.
 *
 * @throws {UsageError} names the Services there are
 */
export function requireService(
  cluster: string,
  services: readonly BalancedService[],
  wanted: string | undefined,
): void {
  if (services.some(({ service }) => wanted === undefined || service === wanted)) return;
  const known = services.map(({ service }) => service).join(', ') || 'none';
  throw new UsageError(
    `${cluster} has no LoadBalancer Service ${wanted ?? 'yet'}; it has: ${known}`,
  );
}

/**
 * Refuses one hostname for several Services: one DNS answer would mix their addresses.
 *
 * @throws {UsageError} names the Services and the two ways out
 */
export function refuseSharedName(
  fault: Extract<Fault, { kind: 'lb-hostname' }>,
  services: readonly BalancedService[],
): void {
  const { name, service } = fault;
  if (name === undefined || service !== undefined || name.includes('{service}')) return;
  if (services.length < 2) return;
  const names = services.map((each) => each.service).sort();
  throw new UsageError(
    `${name} would name ${names.length} Services (${names.join(', ')}); ` +
      'say which with --service, or put {service} in the name',
  );
}
