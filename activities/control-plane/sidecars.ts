import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { Cluster } from '../ports/cluster.ts';

/** Pods that carry a sidecar; they are the user's to restart when the mesh goes. */
export function podsWithSidecar(cluster: Cluster): Promise<KubernetesObject[]> {
  const labelSelector = 'service.istio.io/canonical-name,security.istio.io/tlsMode=istio';
  return cluster.list({ apiVersion: 'v1', kind: 'Pod', labelSelector });
}
