import { isOurs } from '../../mesh/field-managers.ts';
import { handedOver, isTakenOver } from '../../mesh/istio/stub-services.ts';
import type { ObjectRef } from '../../mesh/kubernetes-object.ts';
import { removeMadeNamespace } from './made-namespace.ts';
import type { Cluster } from '../ports/cluster.ts';

/**
 * Removes an object if it is there and meshwright owns fields of it; answers whether it did. A Service that somebody made of a stub is handed
 * over to them instead, and a namespace goes only if nothing is left in it.
 */
export async function removeOurs(cluster: Cluster, ref: ObjectRef): Promise<boolean> {
  const live = await cluster.read(ref);
  if (live === null || !isOurs(live)) return false;
  if (live.kind === 'Namespace') return removeMadeNamespace(cluster, live);
  if (isTakenOver(live)) {
    await cluster.apply(handedOver(live));
    return false;
  }
  const { uid, resourceVersion } = live.metadata;
  return cluster.remove(ref, {
    ...(uid === undefined ? {} : { uid }),
    // Somebody may be about to make it theirs.
    ...(live.kind === 'Service' && resourceVersion !== undefined ? { resourceVersion } : {}),
  });
}
