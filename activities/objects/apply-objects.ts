import { isMeshFailure } from '../../mesh/failure.ts';
import { objectWaves } from '../../mesh/istio/object-waves.ts';
import { isWebhookConfiguration, withoutIstiodWrites } from '../../mesh/istio/webhook-fields.ts';
import type { Component } from '../../mesh/istio/inventory-object.ts';
import { type KubernetesObject, refOf } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { withInventory } from '../planning/inventory.ts';
import type { Applied, Cluster } from '../ports/cluster.ts';
import { refusalOfAll, refuseForeign } from './foreign-objects.ts';

function applyOne(cluster: Cluster, object: KubernetesObject): Promise<Applied> {
  return cluster.apply(object, {
    judge: (live) => refuseForeign(cluster, live),
    ...(isWebhookConfiguration(object) ? { fit: withoutIstiodWrites } : {}),
  });
}

/**
 * Applies objects in waves, in parallel within a wave. Answers what became of each.
 * @throws {MeshFailure} ForeignInstall, with every object among them that somebody else made
 */
export async function applyWaves(
  cluster: Cluster,
  objects: KubernetesObject[],
): Promise<Applied[]> {
  const applied: Applied[] = [];
  try {
    for (const wave of objectWaves(objects))
      applied.push(...(await boundedParallel(wave, (object) => applyOne(cluster, object))));
  } catch (error) {
    if (!isMeshFailure(error) || error.type !== 'ForeignInstall') throw error;
    throw await refusalOfAll(cluster, objects, error);
  }
  return applied;
}

/** The same; answers how many objects changed. */
export async function applyObjects(cluster: Cluster, objects: KubernetesObject[]): Promise<number> {
  return (await applyWaves(cluster, objects)).filter(({ changed }) => changed).length;
}

/** Words of an outcome, e.g. `23 objects, 14 changed, 1 removed`. */
export function appliedOutcome(objects: number, changed: number, pruned: number): StepOutcome {
  const removed = pruned === 0 ? '' : `, ${pruned} removed`;
  return { changed: changed + pruned, summary: `${objects} objects, ${changed} changed${removed}` };
}

/** Applies the objects of a component and prunes what it no longer has. */
export async function applyComponent(
  cluster: Cluster,
  component: Component,
  objects: KubernetesObject[],
): Promise<StepOutcome> {
  const { result: changed, pruned } = await withInventory(
    cluster,
    component,
    objects.map(refOf),
    () => applyObjects(cluster, objects),
  );
  return appliedOutcome(objects.length, changed, pruned);
}
