import type { Fault } from './fault.ts';

/** How a cluster's load balancer treats a Service. */
export interface LoadBalancerPolicy {
  /** Time between seeing the Service and giving it an address, in milliseconds. */
  readonly delayMs: number;
  /** Set: no address is given, and this is why. */
  readonly neverReason?: string | undefined;
  /** Set: the status shows this hostname instead of the address. */
  readonly hostname?: string | undefined;
}

/** The policies of one cluster: one for all Services, and what single Services differ in. */
export interface PolicyBook {
  /** Holds for every Service that has no setting of its own. */
  readonly all: LoadBalancerPolicy;
  /** Settings of single Services, by `NAMESPACE/NAME`. */
  readonly byService: ReadonlyMap<string, Partial<LoadBalancerPolicy>>;
}

/** A fault that changes policies. */
export type PolicyFault = Extract<Fault, { kind: 'lb-delay' | 'lb-never' | 'lb-hostname' }>;

/** The policy that holds for a Service, its own settings first. */
export function policyFor(book: PolicyBook, service: string): LoadBalancerPolicy {
  return { ...book.all, ...book.byService.get(service) };
}

/** The book after a fault; the one given stays as it is. */
export function withFault(book: PolicyBook, fault: PolicyFault): PolicyBook {
  const change = changeBy(fault);
  if (fault.service !== undefined) {
    const own = { ...book.byService.get(fault.service), ...change };
    return { all: book.all, byService: new Map([...book.byService, [fault.service, own]]) };
  }
  // What is said for all Services ends what was said for single ones about the same thing.
  const kept = [...book.byService].map(([service, own]) => {
    const entries = Object.entries(own).filter(([setting]) => !(setting in change));
    return [service, Object.fromEntries(entries) as Partial<LoadBalancerPolicy>] as const;
  });
  return { all: { ...book.all, ...change }, byService: new Map(kept) };
}

function changeBy(fault: PolicyFault): Partial<LoadBalancerPolicy> {
  switch (fault.kind) {
    // A delay is also the end of "never": the later word counts.
    case 'lb-delay':
      return { delayMs: fault.delayMs, neverReason: undefined };
    case 'lb-never':
      return { neverReason: fault.reason };
    case 'lb-hostname':
      return { hostname: fault.name };
  }
}

/** What the controller remembers of one LoadBalancer Service. */
export interface BalancedService {
  /** `NAMESPACE/NAME`. */
  readonly service: string;
  /** Address given to it, if any. */
  readonly address?: string | undefined;
  /** When the controller saw it first, milliseconds since the epoch. */
  readonly seenAtMs: number;
  /** The address takes packets. */
  readonly alive: boolean;
  /** The status shows the address. */
  readonly shown: boolean;
}

/** What is to be done for a Service now. */
export type Decision =
  | { readonly type: 'wait'; readonly untilMs: number }
  | { readonly type: 'never'; readonly reason: string }
  | { readonly type: 'allocate' }
  | { readonly type: 'show'; readonly ingress: readonly Ingress[] };

/** An entry of `status.loadBalancer.ingress`. */
export interface Ingress {
  /** IPv4 address. */
  readonly ip?: string;
  /** `Proxy`: kube-proxy sends traffic to the load balancer instead of answering for it. */
  readonly ipMode?: 'Proxy';
  readonly hostname?: string;
}

/** Decides about one Service; a Service that has an address keeps it whatever delay or never say. */
export function decide(
  service: BalancedService,
  policy: LoadBalancerPolicy,
  nowMs: number,
): Decision {
  if (service.address === undefined) {
    if (policy.neverReason !== undefined) return { type: 'never', reason: policy.neverReason };
    const untilMs = service.seenAtMs + policy.delayMs;
    return untilMs > nowMs ? { type: 'wait', untilMs } : { type: 'allocate' };
  }
  if (!service.shown) return { type: 'show', ingress: [] };
  const hostname = hostnameOf(service.service, policy);
  return {
    type: 'show',
    ingress: hostname === undefined ? [{ ip: service.address, ipMode: 'Proxy' }] : [{ hostname }],
  };
}

/** The hostname a Service bears under a policy, with its placeholders filled in. */
export function hostnameOf(service: string, policy: LoadBalancerPolicy): string | undefined {
  const [namespace = '', name = ''] = service.split('/');
  return policy.hostname?.replaceAll('{namespace}', namespace).replaceAll('{service}', name);
}

/** The lowest free address below a prefix such as `198.18.1`, `.1` to `.254`. */
export function freeAddress(prefix: string, taken: ReadonlySet<string>): string | undefined {
  return Array.from({ length: 254 }, (_, index) => `${prefix}.${index + 1}`).find(
    (address) => !taken.has(address),
  );
}
