import { join } from 'node:path';
import type { ComponentSpec } from './component.ts';
import { nodeComponent } from './node-context.ts';
import type { NodeContext } from './node-context.ts';

/** Where etcd listens: the loopback address of the cluster's own network namespace. */
export const etcdUrl = 'http://127.0.0.1:2379';

/** Describes the cluster's etcd. */
export function etcdSpec(node: NodeContext): ComponentSpec {
  const peerUrl = 'http://127.0.0.1:2380';
  return nodeComponent(node, 'etcd', [
    node.parts.etcd,
    `--data-dir=${join(node.dir, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    // The data does not outlive the sandbox; a power cut is no case.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
}
