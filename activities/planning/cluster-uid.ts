import type { Cluster } from '../ports/cluster.ts';

/** UID of namespace `kube-system`, which no two clusters share and no cluster changes; empty where it may not be read. */
export async function readClusterUid(cluster: Cluster): Promise<string> {
  const found = await cluster.read({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });
  return found?.metadata.uid ?? '';
}
