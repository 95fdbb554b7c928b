import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderKubeconfig } from './kubeconfig.ts';
import { onNode } from './network.ts';
import type { ClientName, ClusterPki } from './pki.ts';
import type { ClusterShape } from './shape.ts';

/** Absolute paths of the programs a cluster is made of. */
export interface Parts {
  /** etcd. */
  readonly etcd: string;
  /** kube-apiserver. */
  readonly kubeApiServer: string;
  /** kube-controller-manager. */
  readonly kubeControllerManager: string;
  /** kube-scheduler. */
  readonly kubeScheduler: string;
  /** kubelet. */
  readonly kubelet: string;
  /** kube-proxy. */
  readonly kubeProxy: string;
  /** containerd. */
  readonly containerd: string;
  /** containerd's command line, for the import of images. */
  readonly ctr: string;
  /** runc. */
  readonly runc: string;
  /** unshare, of util-linux. */
  readonly unshare: string;
  /** Directory of CNI plugins: ptp, host-local, loopback, portmap. */
  readonly cniPlugins: string;
  /** Container images, docker-archive tars. */
  readonly images: readonly string[];
  /** Reference of the pause image. */
  readonly pauseImage: string;
  /** Reference of the CoreDNS image. */
  readonly corednsImage: string;
}

/** Everything the components of one cluster are configured from. */
export interface NodeContext {
  /** Names and addresses. */
  readonly cluster: ClusterShape;
  /** Programs and images. */
  readonly parts: Parts;
  /** Keys and certificates. */
  readonly pki: ClusterPki;
  /** Directory of the cluster's data. */
  readonly dir: string;
  /** Directory of the cluster's logs. */
  readonly logsDir: string;
  /** Cgroup of the cluster's containers. */
  readonly cgroup: string;
}

/** Writes a file of the cluster, readable by its owner alone, and returns its path. */
export function writeNodeFile(node: NodeContext, name: string, content: string): string {
  const path = join(node.dir, name);
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** Writes the kubeconfig of a component and returns its path. */
export function writeComponentKubeconfig(node: NodeContext, client: ClientName): string {
  const { cluster, pki } = node;
  const server = apiServerUrl(cluster);
  const entry = { name: cluster.name, server, ca: pki.ca.cert, user: pki.clients[client] };
  return writeNodeFile(node, `${client}.kubeconfig`, renderKubeconfig([entry]));
}

/** The API server's address for everything inside the sandbox, other clusters included. */
export function apiServerUrl(cluster: ClusterShape): string {
  return `https://${cluster.nodeAddress}:6443`;
}

/** Describes a process of the cluster's node. */
export function nodeComponent(node: NodeContext, name: string, words: readonly string[]) {
  return {
    name,
    words: [...onNode(node.cluster), ...words],
    logFile: join(node.logsDir, `${name}.log`),
  };
}
