import { type Component, inventoryRefs, sameObject } from '../mesh/istio/inventory-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../mesh/istio/istio-names.ts';
import { removalWaves } from '../mesh/istio/removal-order.ts';
import type { KubernetesObject, ObjectRef } from '../mesh/kubernetes-object.ts';
import { boundedParallel } from './bounded-parallel.ts';
import { inventoryRef } from './inventory.ts';
import { removeOurs } from './our-objects.ts';
import type { Cluster } from './ports/cluster.ts';

/** Whether a kind that a definition adds has no object left; without it nobody would lose one with the definition. */
async function isUnused(cluster: Cluster, ref: ObjectRef): Promise<boolean> {
  type Definition = {
    spec?: {
      group: string;
      names: { kind: string };
      versions: { name: string; served: boolean }[];
    };
  };
  const { spec } = ((await cluster.read(ref)) ?? {}) as Definition;
  const version = spec?.versions.find(({ served }) => served)?.name;
  if (spec === undefined || version === undefined) return true;
  const apiVersion = `${spec.group}/${version}`;
  return (await cluster.list({ apiVersion, kind: spec.names.kind })).length === 0;
}

/** What a removal came to. */
export type Removed = {
  /** Objects removed. */
  removed: number;
  /** Definitions that stay, because objects of their kinds are not ours. */
  kept: number;
};

/**
 * Removes the objects of inventories in the order that disturbs least, then the inventories. What is in an inventory that stays, or not ours
 * any more, is left alone; a definition too while there are objects of its kind. Safe to run again, also after half of it.
 */
export async function removeInventories(
  cluster: Cluster,
  namespace: string,
  inventories: readonly KubernetesObject[],
): Promise<Removed> {
  const all = await cluster.list({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace,
    labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}`,
  });
  const names = new Set(inventories.map(({ metadata }) => metadata.name));
  const staying = all.filter(({ metadata }) => !names.has(metadata.name)).flatMap(inventoryRefs);
  const refs = inventories
    .flatMap(inventoryRefs)
    .filter((ref) => !staying.some((other) => sameObject(other, ref)));
  let removed = 0;
  let kept = 0;
  for (const wave of removalWaves(refs)) {
    const results = await boundedParallel(wave, async (ref) => {
      if (ref.kind === 'CustomResourceDefinition' && !(await isUnused(cluster, ref))) {
        kept += 1;
        return false;
      }
      return removeOurs(cluster, ref);
    });
    removed += results.filter(Boolean).length;
  }
  await boundedParallel(inventories, ({ metadata: { name } }) =>
    cluster.remove({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }),
  );
  return { removed, kept };
}

/** Removes what one component holds; nothing when there is no such component. */
export async function removeComponentObjects(
  cluster: Cluster,
  component: Component,
): Promise<Removed> {
  const inventory = await cluster.read(inventoryRef(component));
  if (inventory === null) return { removed: 0, kept: 0 };
  return removeInventories(cluster, component.namespace, [inventory]);
}
