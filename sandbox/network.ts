import { runCommand } from './run-command.ts';
import { nameServerAddress } from './shape.ts';
import type { ClusterShape } from './shape.ts';

/** The file that holds a cluster's network namespace; private to the sandbox's mounts. */
export function namespaceOf(cluster: ClusterShape): string {
  return `/run/netns/${cluster.name}`;
}

/** Words to put before a command so that it runs on a cluster's node. */
export function onNode(cluster: ClusterShape): readonly string[] {
  // nsenter and not "ip netns exec": that mounts /sys anew and kubelet finds no cgroups there.
  return ['nsenter', `--net=${namespaceOf(cluster)}`, '--'];
}

/**
 * Builds the fabric: the sandbox's own network namespace as the router between all nodes, as the
 * load balancers' home and as the name server's. It owes nothing to the machine's network.
 */
export async function buildFabric(clusters: readonly ClusterShape[]): Promise<void> {
  await runCommand('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
  await ipBatch([
    'link set lo up',
    `addr add ${nameServerAddress}/32 dev lo`,
    // Another network's pods and unclaimed load balancer addresses swallow packets, as in a cloud.
    'route add blackhole 10.0.0.0/8',
    'route add blackhole 198.18.0.0/15',
  ]);
  await runCommand('nft', ['-f', '-'], { input: fabricRules(clusters) });
}

/**
 * Packet rules of the fabric; the load balancers fill `live` and `forwards` at run time. An address that is not live is
 * dead both ways, for connections that were open too: the answers' source is the address again after `srcnat`.
 */
export function fabricRules(clusters: readonly ClusterShape[]): string {
  const pairs = clusters.flatMap((from) =>
    clusters
      .filter((to) => to !== from && to.network === from.network)
      .map((to) => `"${from.name}" . "${to.name}"`),
  );
  const elements = pairs.length > 0 ? `elements = { ${pairs.join(', ')} }` : '';
  return `table ip fabric {
  set live { type ipv4_addr; }
  map forwards { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  set same_network { type ifname . ifname; ${elements} }
  chain gate {
    type filter hook prerouting priority raw;
    ip daddr 198.18.0.0/16 ip daddr != @live counter drop
  }
  chain wayback {
    type filter hook postrouting priority srcnat + 100;
    ip saddr 198.18.0.0/16 ip saddr != @live counter drop
  }
  chain balance {
    type nat hook prerouting priority dstnat;
    dnat ip addr . port to ip daddr . meta l4proto . th dport map @forwards
  }
  chain hairpin {
    type nat hook postrouting priority srcnat;
${clusters
  .map(
    ({ nodeAddress }) =>
      `    ct status dnat ip saddr ${nodeAddress} ip daddr ${nodeAddress} masquerade`,
  )
  .join('\n')}
  }
  chain separate {
    type filter hook forward priority filter;
    ip daddr 10.0.0.0/8 iifname . oifname != @same_network counter drop
  }
}
`;
}

/** Joins a cluster's node to the fabric and opens the routes that its network allows. */
export async function connectNode(
  cluster: ClusterShape,
  all: readonly ClusterShape[],
): Promise<void> {
  const peers = all.filter((each) => each !== cluster && each.network === cluster.network);
  await ipBatch([
    `netns add ${cluster.name}`,
    `link add ${cluster.name} type veth peer name eth0 netns ${cluster.name}`,
    `addr add ${cluster.fabricAddress}/24 dev ${cluster.name}`,
    `link set ${cluster.name} up`,
  ]);
  await ipBatch(
    [
      'link set lo up',
      `addr add ${cluster.nodeAddress}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${cluster.fabricAddress}`,
    ],
    cluster,
  );
  if (peers.length > 0) await ipBatch([`route add ${cluster.podRange} via ${cluster.nodeAddress}`]);
  const sysctl =
    'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter';
  const [enter = '', ...words] = onNode(cluster);
  await runCommand(enter, [...words, 'sh', '-c', sysctl]);
  await runCommand(enter, [...words, 'nft', '-f', '-'], { input: nodeRules(cluster, peers) });
}

/** Packet rules of a node: pods appear under its address wherever pod addresses mean nothing. */
export function nodeRules(cluster: ClusterShape, peers: readonly ClusterShape[]): string {
  const reachable = [cluster, ...peers].map(({ podRange }) => podRange).join(', ');
  return `table ip pods {
  chain leaving {
    type nat hook postrouting priority srcnat;
    ip saddr ${cluster.podRange} ip daddr != { ${reachable} } masquerade
  }
}
`;
}

async function ipBatch(lines: readonly string[], node?: ClusterShape): Promise<void> {
  const where = node === undefined ? [] : ['-n', node.name];
  await runCommand('ip', [...where, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}
