import { type Component, inventoryRefs, sameObject } from '../../mesh/istio/inventory-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../mesh/istio/istio-names.ts';
import { removalWaves } from '../../mesh/istio/removal-order.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { inventoryRef } from '../planning/inventory.ts';
import { isOurs } from '../../mesh/field-managers.ts';
import { removeOurs } from '../objects/our-objects.ts';
import type { Cluster } from '../ports/cluster.ts';

/**
 * Removes the objects of inventories in the order that disturbs least, then the inventories, and answers how many objects that were. What is in an
 * inventory that stays, or not ours any more, is left alone, and definitions are: see remove-definitions.ts. Safe to run again, also after half of it.
 */
export async function removeInventories(
  cluster: Cluster,
  namespace: string,
  inventories: readonly KubernetesObject[],
): Promise<number> {
  const all = await cluster.list({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace,
    labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}`,
  });
  const names = new Set(inventories.map(({ metadata }) => metadata.name));
  const staying = all
    .filter((other) => isOurs(other) && !names.has(other.metadata.name))
    .flatMap(inventoryRefs);
  const refs = inventories
    .flatMap(inventoryRefs)
    .filter((ref) => ref.kind !== 'CustomResourceDefinition')
    .filter((ref) => !staying.some((other) => sameObject(other, ref)));
  let removed = 0;
  for (const wave of removalWaves(refs)) {
    const results = await boundedParallel(wave, (ref) => removeOurs(cluster, ref));
    removed += results.filter(Boolean).length;
  }
  await boundedParallel(inventories, ({ metadata: { name } }) =>
    cluster.remove({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }),
  );
  return removed;
}

/** Removes what one component holds and answers how many objects that were; none when there is no such component. */
export async function removeComponentObjects(
  cluster: Cluster,
  component: Component,
): Promise<number> {
  const inventory = await cluster.read(inventoryRef(component));
  if (inventory === null || !isOurs(inventory)) return 0;
  return removeInventories(cluster, component.namespace, [inventory]);
}
