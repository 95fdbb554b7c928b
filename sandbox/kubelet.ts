import { join } from 'node:path';
import type { ComponentSpec } from './component.ts';
import { containerdSocket } from './containerd.ts';
import { nodeComponent, writeComponentKubeconfig, writeNodeFile } from './node-context.ts';
import type { NodeContext } from './node-context.ts';

/** Writes the kubelet's configuration and describes it. */
export function kubeletSpec(node: NodeContext): ComponentSpec {
  const config = writeNodeFile(node, 'kubelet.json', JSON.stringify(kubeletConfig(node), null, 2));
  return nodeComponent(node, 'kubelet', [
    node.parts.kubelet,
    `--config=${config}`,
    `--kubeconfig=${writeComponentKubeconfig(node, 'kubelet')}`,
    `--hostname-override=${node.cluster.nodeName}`,
    `--node-ip=${node.cluster.nodeAddress}`,
    `--root-dir=${join(node.dir, 'kubelet')}`,
    `--cert-dir=${join(node.dir, 'kubelet/pki')}`,
    '--v=1',
  ]);
}

/** The kubelet's configuration: a node that shares its machine with other nodes and with people. */
export function kubeletConfig(node: NodeContext): Record<string, unknown> {
  const { pki } = node;
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${containerdSocket(node)}`,
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: node.cgroup,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    evictionHard: Object.fromEntries(
      [
        'memory.available',
        'nodefs.available',
        'nodefs.inodesFree',
        'imagefs.available',
        'imagefs.inodesFree',
      ].map((signal) => [signal, '0%']),
    ),
    // No image can be fetched again, so none may be collected.
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    podLogsDir: join(node.dir, 'pod-logs'),
    volumePluginDir: join(node.dir, 'volume-plugins'),
    clusterDNS: [node.cluster.dnsAddress],
    clusterDomain: 'cluster.local',
    resolvConf: '/etc/resolv.conf',
    containerLogMaxSize: '10Mi',
    readOnlyPort: 0,
    tlsCertFile: writeNodeFile(node, 'pki/kubelet.crt', pki.kubeletServer.cert),
    tlsPrivateKeyFile: writeNodeFile(node, 'pki/kubelet.key', pki.kubeletServer.key),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(node.dir, 'pki/ca.crt') },
    },
    authorization: { mode: 'Webhook' },
  };
}
