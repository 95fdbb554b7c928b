import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { Cluster } from '../ports/cluster.ts';

/** Kinds of which one that is not Kubernetes' own keeps a namespace from being removed. */
export const NAMESPACE_KEEPERS: readonly [apiVersion: string, kind: string][] = [
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'ServiceAccount'],
  ['v1', 'PersistentVolumeClaim'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
];

/** What Kubernetes puts into every namespace. */
const KUBERNETES_OWN = ['ConfigMap kube-root-ca.crt', 'ServiceAccount default'];

/** What of the given kinds is in a namespace and is neither Kubernetes' own, nor among `written`, nor on its way out; as `Kind name`. */
export async function keepersIn(
  cluster: Cluster,
  namespace: string,
  kinds: readonly [apiVersion: string, kind: string][] = NAMESPACE_KEEPERS,
  written: readonly string[] = [],
): Promise<string[]> {
  const found = await Promise.all(
    kinds.map(([apiVersion, kind]) => cluster.list({ apiVersion, kind, namespace })),
  );
  return found
    .flat()
    .filter((object: KubernetesObject) => object.metadata.deletionTimestamp === undefined)
    .map((object) => describeRef(refOf({ ...object, metadata: { name: object.metadata.name } })))
    .filter((line) => !KUBERNETES_OWN.includes(line) && !written.includes(line));
}
