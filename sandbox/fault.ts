/** What can be done wrong on purpose to one cluster of a running sandbox. */
export type Fault =
  | { readonly kind: 'lb-delay'; readonly delayMs: number; readonly service?: string }
  | { readonly kind: 'lb-never'; readonly reason: string; readonly service?: string }
  | {
      readonly kind: 'lb-address';
      /** What happens to the address. */
      readonly action: 'change' | 'dead' | 'gone' | 'restore';
      /** `NAMESPACE/NAME`; all Services when absent. */
      readonly service?: string;
    }
  /** `name` undefined: back to plain addresses. */
  | { readonly kind: 'lb-hostname'; readonly name?: string; readonly service?: string }
  | { readonly kind: 'dns'; readonly name: string; readonly answer: DnsAnswer }
  | { readonly kind: 'api'; readonly action: 'stop' | 'start' | 'pause' | 'resume' }
  | { readonly kind: 'clear' };

/** How the sandbox's name server answers for one name. */
export type DnsAnswer =
  /** The address of the load balancer that bears the name. */
  | { readonly type: 'default'; readonly ttlSeconds: number }
  | {
      readonly type: 'addresses';
      /** IPv4 addresses. */
      readonly addresses: readonly string[];
      /** Time to live, in seconds. */
      readonly ttlSeconds: number;
    }
  | { readonly type: 'nxdomain' | 'empty' | 'servfail' | 'timeout'; readonly ttlSeconds: number };

/** What a cloud says that has no address left; the event shown for `lb-never`. */
export const defaultNeverReason = 'quota "IN_USE_ADDRESSES" exceeded, limit 8';

/** Time to live of the name server's answers, in seconds, unless a fault says otherwise. */
export const defaultTtlSeconds = 5;

/** The zone that the sandbox's name server answers for. */
export const loadBalancerZone = 'lb.test';

/** The faults as `sandbox fault --help` shows them. */
export const faultHelp = `
Faults (each can be changed at any time; --service NAMESPACE/NAME narrows lb-* to one Service):
  lb-delay DURATION          give addresses that long after the Service was seen (0 = at once)
  lb-never [REASON]          give no address at all; REASON appears as a Warning event
  lb-address change          move the Service to another address; the old one drops packets
  lb-address dead            keep the address in the status, drop every packet sent to it
  lb-address gone            take the address out of the status and drop its packets
  lb-address restore         undo dead and gone
  lb-hostname NAME|off       show a hostname below .lb.test instead of an address; NAME may contain
                             {service} and {namespace}; pods and nodes can resolve it
  dns NAME ADDRESS[,…]       answer these addresses for a name below .lb.test
  dns NAME nxdomain|empty|servfail|timeout|default
                             … or this; --ttl SECONDS (default ${defaultTtlSeconds}) goes with every answer
  api stop|start             kill the API server (connections are reset), start it again
  api pause|resume           freeze the API server (connections open, nothing answers), thaw it
  clear                      end every fault of the cluster, back to how "sandbox up" started it

Without a fault: shows the faults in force.

Examples:
  $ meshwright sandbox fault cluster2 lb-delay 60s
  $ meshwright sandbox fault cluster1 lb-hostname gw1.lb.test --service istio-system/istio-eastwestgateway
  $ meshwright sandbox fault cluster1 dns gw1.lb.test nxdomain
  $ meshwright sandbox fault cluster2 api stop`;
