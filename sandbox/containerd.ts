import { join } from 'node:path';
import type { ComponentSpec } from './component.ts';
import { nodeComponent, writeNodeFile } from './node-context.ts';
import type { NodeContext } from './node-context.ts';

/** containerd's socket of a cluster. */
export function containerdSocket(node: NodeContext): string {
  return join(stateDir(node), 'containerd.sock');
}

/** Directory of containerd's images and containers of a cluster. */
export function containerdRoot(node: NodeContext): string {
  return join(node.dir, 'containerd');
}

/** Writes the pod network's and containerd's configuration and describes containerd. */
export function containerdSpec(node: NodeContext): ComponentSpec {
  const networkDir = join(writeNodeFile(node, 'cni/pods.conflist', podNetwork(node)), '..');
  const config = writeNodeFile(node, 'containerd.toml', containerdConfig(node, networkDir));
  return nodeComponent(node, 'containerd', [
    node.parts.containerd,
    '--config',
    config,
    '--log-level=warn',
  ]);
}

/** The pod network: a cable per pod and routes, so that no bridge needs netfilter on it. */
export function podNetwork(node: NodeContext): string {
  const ranges = [[{ subnet: node.cluster.podRange }]];
  const routes = [{ dst: '0.0.0.0/0' }];
  const dataDir = join(node.dir, 'cni-addresses');
  const plugins = [
    { type: 'ptp', ipMasq: false, ipam: { type: 'host-local', ranges, routes, dataDir } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  return `${JSON.stringify({ cniVersion: '1.0.0', name: 'pods', plugins }, null, 2)}\n`;
}

/** containerd's configuration, version 2 (containerd 1.6 and later read it). */
export function containerdConfig(node: NodeContext, networkDir: string): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const text = (value: string) => JSON.stringify(value);
  return `version = 2
root = ${text(containerdRoot(node))}
state = ${text(stateDir(node))}
disabled_plugins = [
  "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = ${text(containerdSocket(node))}
[${cri}]
  sandbox_image = ${text(node.parts.pauseImage)}
  disable_apparmor = true
  restrict_oom_score_adj = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  [${cri}.cni]
    bin_dir = ${text(node.parts.cniPlugins)}
    conf_dir = ${text(networkDir)}
  [${cri}.containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [${cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [${cri}.containerd.runtimes.runc.options]
        BinaryName = ${text(node.parts.runc)}
        SystemdCgroup = false
`;
}

function stateDir(node: NodeContext): string {
  return `/run/containerd-${node.cluster.name}`;
}
