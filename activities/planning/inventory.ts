import {
  type Component,
  inventoryName,
  inventoryObject,
  inventoryRefs,
  inventoryText,
  sameObject,
} from '../../mesh/istio/inventory-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../mesh/istio/istio-names.ts';
import { removalWaves } from '../../mesh/istio/removal-order.ts';
import type { ObjectRef } from '../../mesh/kubernetes-object.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { removeOurs } from '../objects/our-objects.ts';
import type { Cluster } from '../ports/cluster.ts';

/** The ConfigMap that lists a component's objects. */
export function inventoryRef(component: Component): ObjectRef {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: component.namespace,
    name: inventoryName(component.name),
  };
}

/**
 * Records a component's objects around their writing: everything that may exist before, exactly what should exist after, and in between
 * removes what is no longer wanted. Writes nothing when nothing differs. Dead twins are harmless: same input, same list.
 * Answers how many objects were removed, beside what `write` answers.
 */
export async function withInventory<T>(
  cluster: Cluster,
  component: Component,
  wanted: ObjectRef[],
  write: () => Promise<T>,
): Promise<{ result: T; pruned: number }> {
  const inventory = await cluster.read(inventoryRef(component));
  const recorded = inventoryRefs(inventory);
  const stale = recorded.filter((old) => !wanted.some((ref) => sameObject(ref, old)));
  let stored = inventory === null ? null : inventoryText(recorded);
  const store = async (refs: ObjectRef[]): Promise<void> => {
    if (stored === inventoryText(refs)) return;
    await cluster.apply(inventoryObject(component, refs));
    stored = inventoryText(refs);
  };
  await store([...wanted, ...stale]);
  const result = await write();
  // Definitions stay: removing one removes every object of its kind, the user's included.
  const kept = stale.filter((ref) => ref.kind === 'CustomResourceDefinition');
  const pruned = await prune(
    cluster,
    component,
    stale.filter((ref) => !kept.includes(ref)),
  );
  await store([...wanted, ...kept]);
  return { result, pruned };
}

/** Removes objects that are ours and in no other component's inventory. */
async function prune(cluster: Cluster, component: Component, stale: ObjectRef[]): Promise<number> {
  if (stale.length === 0) return 0;
  const inventories = await cluster.list({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: component.namespace,
    labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}`,
  });
  const elsewhere = inventories
    .filter((other) => other.metadata.name !== inventoryName(component.name))
    .flatMap(inventoryRefs);
  const gone = stale.filter((ref) => !elsewhere.some((other) => sameObject(other, ref)));
  let removed = 0;
  for (const wave of removalWaves(gone)) {
    const results = await boundedParallel(wave, (ref) => removeOurs(cluster, ref));
    removed += results.filter(Boolean).length;
  }
  return removed;
}
