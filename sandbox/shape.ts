import { UsageError } from './usage-error.ts';

/** One cluster of a sandbox: its names and every address that follows from its number. */
export interface ClusterShape {
  /** `cluster1` … `cluster10`; also the kubeconfig context and the network namespace. */
  readonly name: string;
  /** 1 … 10; part of every address of the cluster. */
  readonly number: number;
  /** Network the pods live in; clusters of one network reach each other's pods. */
  readonly network: string;
  /** Name of the only Node object. */
  readonly nodeName: string;
  /** Address of the node on the fabric; the API server listens on its port 6443. */
  readonly nodeAddress: string;
  /** The fabric's end of the node's cable: the node's default gateway. */
  readonly fabricAddress: string;
  /** Pod addresses, CIDR. */
  readonly podRange: string;
  /** Service addresses, CIDR; disjoint between clusters, so that a flat network stays unambiguous. */
  readonly serviceRange: string;
  /** First three octets of the load balancer's addresses, e.g. `198.18.1`. */
  readonly loadBalancerPrefix: string;
  /** Address of Service `default/kubernetes`. */
  readonly kubernetesAddress: string;
  /** Address of Service `kube-system/kube-dns`. */
  readonly dnsAddress: string;
}

/** Most clusters one sandbox can hold. */
export const maxClusters = 10;

/** Where the fabric's name server listens; every node's resolver points here. */
export const nameServerAddress = '172.30.0.1';

/**
 * Lays out a sandbox: N clusters, each on the network that `networks` says.
 *
 * @param count number of clusters, 1 … 10
 * @param networks `separate` (a network each, network1 … N), `flat` (all on network1), or one
 *   assignment per cluster: `cluster1=net-a,cluster2=net-a,cluster3=net-b`
 * @throws {UsageError} names the wrong value and the cure
 */
export function layOutSandbox(count: number, networks: string): ClusterShape[] {
  if (!Number.isInteger(count) || count < 1 || count > maxClusters) {
    throw new UsageError(`--clusters ${count}: a sandbox has 1 to ${maxClusters} clusters`);
  }
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const networkOf = readNetworks(numbers, networks);
  return numbers.map((number) => ({
    name: `cluster${number}`,
    number,
    network: networkOf(number),
    nodeName: `cluster${number}-node`,
    nodeAddress: `172.30.${number}.1`,
    fabricAddress: `172.30.${number}.254`,
    podRange: `10.${240 + number}.0.0/16`,
    serviceRange: `10.${100 + number}.0.0/16`,
    loadBalancerPrefix: `198.18.${number}`,
    kubernetesAddress: `10.${100 + number}.0.1`,
    dnsAddress: `10.${100 + number}.0.10`,
  }));
}

function readNetworks(numbers: number[], networks: string): (number: number) => string {
  if (networks === 'separate') return (number) => `network${number}`;
  if (networks === 'flat') return () => 'network1';
  const assigned = new Map<string, string>();
  const form = 'write separate, flat, or cluster1=net-a,cluster2=net-a,cluster3=net-b';
  for (const pair of networks.split(',')) {
    const match = /^(cluster\d+)=([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$/.exec(pair.trim());
    if (!match?.[1] || !match[2])
      throw new UsageError(`--networks: cannot read "${pair}"; ${form}`);
    if (!numbers.some((number) => `cluster${number}` === match[1])) {
      throw new UsageError(`--networks: there is no ${match[1]} among ${numbers.length} clusters`);
    }
    if (assigned.has(match[1])) throw new UsageError(`--networks: ${match[1]} is named twice`);
    assigned.set(match[1], match[2]);
  }
  const missing = numbers.filter((number) => !assigned.has(`cluster${number}`));
  if (missing.length > 0) {
    throw new UsageError(`--networks: no network for cluster${missing.join(', cluster')}; ${form}`);
  }
  return (number) => assigned.get(`cluster${number}`) ?? '';
}

/** Says in a few words what a sandbox consists of; equal shapes give equal words. */
export function describeShape(clusters: readonly ClusterShape[]): string {
  const names = [...new Set(clusters.map((cluster) => cluster.network))];
  const noun = clusters.length === 1 ? 'cluster' : 'clusters';
  if (names.length === clusters.length) return `${clusters.length} ${noun} on separate networks`;
  if (names.length === 1) return `${clusters.length} ${noun} on one flat network`;
  return `${clusters.length} ${noun}, ${clusters.map((each) => `${each.name} on ${each.network}`).join(', ')}`;
}
