import { runCommand } from './run-command.ts';

/** One load balancer address that takes packets, and where it sends them. */
export interface LiveAddress {
  /** Address below 198.18.0.0/16. */
  readonly address: string;
  /** Address of the node whose node ports answer. */
  readonly nodeAddress: string;
  /** The Service's ports. */
  readonly ports: readonly ForwardedPort[];
}

/** A port of a load balancer and the node port behind it. */
export interface ForwardedPort {
  /** `TCP` or `UDP`, as in a Service. */
  readonly protocol: string;
  /** Port of the load balancer. */
  readonly port: number;
  /** Port of the node. */
  readonly nodePort: number;
}

/** The load balancers' data path: what the fabric forwards, for all clusters together. */
export interface FabricForwards {
  /** Replaces everything that one cluster's load balancer forwards. */
  replace(cluster: string, live: readonly LiveAddress[]): Promise<void>;
}

/** Opens the data path; writes are made one after the other, each of them whole or not at all. */
export function openFabricForwards(
  load: (rules: string) => Promise<unknown> = (rules) =>
    runCommand('nft', ['-f', '-'], { input: rules }),
): FabricForwards {
  const byCluster = new Map<string, readonly LiveAddress[]>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    async replace(cluster, live) {
      byCluster.set(cluster, live);
      const write = last.then(() => load(forwardingRules([...byCluster.values()].flat())));
      last = write.catch(() => undefined);
      await write;
    },
  };
}

/**
 * The rules that make exactly these addresses live. An address that is not live drops packets
 * before connection tracking sees them, so open connections end with the address as well.
 */
export function forwardingRules(live: readonly LiveAddress[]): string {
  const addresses = live.map(({ address }) => address);
  const forwards = live.flatMap(({ address, nodeAddress, ports }) =>
    ports.map(
      ({ protocol, port, nodePort }) =>
        `${address} . ${protocol.toLowerCase()} . ${port} : ${nodeAddress} . ${nodePort}`,
    ),
  );
  return [
    'flush set ip fabric live',
    'flush map ip fabric forwards',
    ...(addresses.length > 0 ? [`add element ip fabric live { ${addresses.join(', ')} }`] : []),
    ...(forwards.length > 0 ? [`add element ip fabric forwards { ${forwards.join(', ')} }`] : []),
    '',
  ].join('\n');
}
