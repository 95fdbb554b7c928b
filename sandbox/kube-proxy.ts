import type { ComponentSpec } from './component.ts';
import { nodeComponent, writeComponentKubeconfig, writeNodeFile } from './node-context.ts';
import type { NodeContext } from './node-context.ts';

/** Writes kube-proxy's configuration and describes it. */
export function kubeProxySpec(node: NodeContext): ComponentSpec {
  const { cluster } = node;
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: cluster.podRange,
    hostnameOverride: cluster.nodeName,
    nodePortAddresses: [`${cluster.nodeAddress}/32`],
    clientConnection: { kubeconfig: writeComponentKubeconfig(node, 'kube-proxy') },
    nftables: { minSyncPeriod: '100ms', syncPeriod: '30s' },
    // Connection tracking limits belong to the machine.
    conntrack: { maxPerCore: 0, min: 0 },
  };
  const file = writeNodeFile(node, 'kube-proxy.json', JSON.stringify(config, null, 2));
  return nodeComponent(node, 'kube-proxy', [node.parts.kubeProxy, `--config=${file}`, '--v=1']);
}
