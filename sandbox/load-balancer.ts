import type { FabricForwards } from './fabric-forwards.ts';
import type { Fault } from './fault.ts';
import { refuseSharedName, requireService } from './fault-targets.ts';
import type { KubeClient } from './kube-client.ts';
import { announceNever } from './load-balancer-event.ts';
import { addressesByName, linesOf } from './load-balancer-lines.ts';
import type { LoadBalancerLine } from './load-balancer-lines.ts';
import { decide, freeAddress, policyFor, withFault } from './load-balancer-policy.ts';
import type { BalancedService, PolicyBook } from './load-balancer-policy.ts';
import { observeService } from './load-balanced-service.ts';
import type { ObservedService } from './load-balanced-service.ts';
import type { ClusterShape } from './shape.ts';
import { openStatusWriter } from './status-writer.ts';
import type { StatusWriter } from './status-writer.ts';

/** A fault of the load balancer. */
export type LoadBalancerFault = Extract<
  Fault,
  { kind: 'lb-delay' | 'lb-never' | 'lb-address' | 'lb-hostname' }
>;

/** The load balancer of one cluster. */
export interface LoadBalancer {
  /**
   * Changes how it behaves from now on; returns when the packets' way is changed.
   *
   * @throws {UsageError} when the fault names a Service that has no load balancer
   */
  inject(fault: LoadBalancerFault): Promise<void>;
  /** Ends all faults: addresses are back, policies as at the start. */
  clear(): Promise<void>;
  /** Its Services, ordered by name. */
  lines(): LoadBalancerLine[];
  /** Hostnames it has given out, with the addresses behind them. */
  names(): Map<string, string[]>;
  /** Its policies as words, for `sandbox status`; empty without faults. */
  policies(): PolicyBook;
  /** Stops it. */
  stop(): void;
}

/** What a load balancer needs. */
export interface LoadBalancerSettings {
  /** The cluster it serves. */
  readonly cluster: ClusterShape;
  /** Access to the cluster's API server. */
  readonly client: KubeClient;
  /** The data path of all load balancers. */
  readonly forwards: FabricForwards;
  /** Delay before an address is given, in milliseconds, until a fault says otherwise. */
  readonly delayMs: number;
  /** Told of trouble that is tried again. */
  readonly onTrouble: (text: string) => void;
}

type Entry = {
  observed: ObservedService;
  balanced: BalancedService;
  status: StatusWriter;
  timer?: NodeJS.Timeout;
  announced?: string;
};

/**
 * Starts the cloud's part of `type: LoadBalancer`: it follows the cluster's Services, gives each
 * an address from the cluster's range, writes the status and has the fabric forward packets.
 */
export function startLoadBalancer(settings: LoadBalancerSettings): LoadBalancer {
  const { cluster, client, forwards } = settings;
  const baseline: PolicyBook = { all: { delayMs: settings.delayMs }, byService: new Map() };
  const entries = new Map<string, Entry>();
  const stopping = new AbortController();
  let book = baseline;

  const trouble = (text: string) => {
    if (!stopping.signal.aborted) settings.onTrouble(`load balancer of ${cluster.name}: ${text}`);
  };

  const publish = async (): Promise<void> => {
    const live = [...entries.values()].flatMap(({ balanced, observed }) =>
      balanced.address !== undefined && balanced.alive
        ? [{ address: balanced.address, nodeAddress: cluster.nodeAddress, ports: observed.ports }]
        : [],
    );
    try {
      await forwards.replace(cluster.name, live);
    } catch (error) {
      trouble(`forwarding: ${String(error)}`);
      setTimeout(() => void publish(), 1000).unref();
    }
  };

  const reconcile = (entry: Entry) => {
    clearTimeout(entry.timer);
    const policy = policyFor(book, entry.balanced.service);
    const decision = decide(entry.balanced, policy, Date.now());
    if (decision.type === 'wait') {
      entry.timer = setTimeout(() => reconcile(entry), decision.untilMs - Date.now() + 1);
    } else if (decision.type === 'never') {
      if (entry.announced === decision.reason) return;
      entry.announced = decision.reason;
      announceNever(client, entry.observed, decision.reason).catch((error: unknown) => {
        delete entry.announced;
        trouble(String(error));
      });
    } else if (decision.type === 'allocate') {
      move(entry);
    } else {
      entry.status.show(decision.ingress);
    }
  };

  const move = (entry: Entry) => {
    const taken = new Set([...entries.values()].flatMap(({ balanced }) => balanced.address ?? []));
    const address = freeAddress(cluster.loadBalancerPrefix, taken);
    if (address === undefined)
      return settings.onTrouble(`${cluster.name}: no load balancer address left`);
    entry.balanced = { ...entry.balanced, address, alive: true, shown: true };
    void publish();
    reconcile(entry);
  };

  const observe = (observed: ObservedService) => {
    const known = entries.get(observed.uid);
    known?.status.observe(observed.ingress);
    if (!observed.wanted) {
      known?.status.show([]);
      return forget(observed.uid);
    }
    const service = `${observed.namespace}/${observed.name}`;
    const entry: Entry = known ?? {
      observed,
      balanced: { service, seenAtMs: Date.now(), alive: true, shown: true },
      status: openStatusWriter(client, observed, trouble),
    };
    if (known === undefined) entry.status.observe(observed.ingress);
    const moved = JSON.stringify(entry.observed.ports) !== JSON.stringify(observed.ports);
    entry.observed = observed;
    entries.set(observed.uid, entry);
    if (moved && entry.balanced.address !== undefined) void publish();
    reconcile(entry);
  };

  const forget = (uid: string) => {
    const entry = entries.get(uid);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    entries.delete(uid);
    void publish();
  };

  const remove = (uid: string) => {
    entries.get(uid)?.status.stop();
    forget(uid);
  };

  const sink = {
    onList(objects: Parameters<typeof observeService>[0][]) {
      const observed = objects.map(observeService);
      const present = new Set(observed.map(({ uid }) => uid));
      for (const uid of [...entries.keys()]) if (!present.has(uid)) remove(uid);
      observed.filter(({ wanted, uid }) => wanted || entries.has(uid)).forEach(observe);
    },
    onEvent({ type, object }: { type: string; object: Parameters<typeof observeService>[0] }) {
      const observed = observeService(object);
      if (type === 'DELETED') remove(observed.uid);
      else if (observed.wanted || entries.has(observed.uid)) observe(observed);
    },
  };
  void client.follow('/api/v1/services', sink, stopping.signal);

  const balancedServices = () => [...entries.values()].map(({ balanced }) => balanced);
  const reconcileAll = () => entries.forEach(reconcile);
  return {
    async inject(fault) {
      if (fault.kind === 'lb-hostname') refuseSharedName(fault, balancedServices());
      if (fault.kind !== 'lb-address') {
        book = withFault(book, fault);
        return reconcileAll();
      }
      requireService(cluster.name, balancedServices(), fault.service);
      for (const entry of entries.values()) {
        if (fault.service !== undefined && entry.balanced.service !== fault.service) continue;
        if (fault.action === 'change') {
          if (entry.balanced.address !== undefined) move(entry);
          continue;
        }
        const alive = fault.action === 'restore';
        entry.balanced = { ...entry.balanced, alive, shown: fault.action !== 'gone' };
        reconcile(entry);
      }
      await publish();
    },
    async clear() {
      book = baseline;
      for (const entry of entries.values())
        entry.balanced = { ...entry.balanced, alive: true, shown: true };
      reconcileAll();
      await publish();
    },
    lines: () => linesOf(balancedServices(), book),
    names: () => addressesByName(balancedServices(), book),
    policies: () => book,
    stop: () => stopping.abort(),
  };
}
