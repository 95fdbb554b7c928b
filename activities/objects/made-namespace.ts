import { isMeshFailure } from '../../mesh/failure.ts';
import { isOurManager } from '../../mesh/field-managers.ts';
import { NAMESPACE_LEFTOVERS } from '../../mesh/istio/istiod-leftovers.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { refOf } from '../../mesh/kubernetes-object.ts';
import { keepersIn, NAMESPACE_KEEPERS } from '../removal/namespace-keepers.ts';
import type { Cluster } from '../ports/cluster.ts';

/** Kinds beside workloads that somebody may have put into a namespace: one of them is reason enough to leave it. */
const MORE_KEEPERS: [apiVersion: string, kind: string][] = [
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['networking.istio.io/v1', 'VirtualService'],
  ['networking.istio.io/v1', 'DestinationRule'],
  ['networking.istio.io/v1', 'Gateway'],
  ['networking.istio.io/v1', 'ServiceEntry'],
  ['networking.istio.io/v1', 'Sidecar'],
  ['networking.istio.io/v1', 'WorkloadEntry'],
  ['networking.istio.io/v1', 'WorkloadGroup'],
  ['security.istio.io/v1', 'AuthorizationPolicy'],
  ['security.istio.io/v1', 'PeerAuthentication'],
  ['security.istio.io/v1', 'RequestAuthentication'],
  ['telemetry.istio.io/v1', 'Telemetry'],
  ['gateway.networking.k8s.io/v1', 'Gateway'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
];

/** Whether somebody else has written on a namespace, e.g. labels of their own. */
function hasOtherOwners({ metadata }: KubernetesObject): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager, subresource }) => !isOurManager(manager) && subresource === undefined,
  );
}

/** Whether nothing of anybody is in a namespace, for all that the worker may see: what it may not list may be there. */
async function isEmpty(cluster: Cluster, namespace: string): Promise<boolean> {
  const written = NAMESPACE_LEFTOVERS.map((name) => `ConfigMap ${name}`);
  try {
    const kinds = [...NAMESPACE_KEEPERS, ...MORE_KEEPERS];
    return (await keepersIn(cluster, namespace, kinds, written)).length === 0;
  } catch (error) {
    if (isMeshFailure(error) && error.type === 'Forbidden') return false;
    throw error;
  }
}

/**
 * Removes a namespace that meshwright made for objects of its own, if nobody has written on it and nothing is left in it; else takes our
 * marks away and leaves it to whoever uses it. Answers whether it was removed.
 */
export async function removeMadeNamespace(
  cluster: Cluster,
  live: KubernetesObject,
): Promise<boolean> {
  const { name, uid, resourceVersion } = live.metadata;
  if (live.metadata.deletionTimestamp !== undefined) return false;
  if (hasOtherOwners(live) || !(await isEmpty(cluster, name))) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return false;
  }
  return cluster.remove(refOf(live), {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  });
}
