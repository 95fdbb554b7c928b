import { isIstioResource, objectWaves } from '../mesh/istio/object-waves.ts';
import { isWebhookConfiguration, withoutIstiodWrites } from '../mesh/istio/webhook-fields.ts';
import type { Component } from '../mesh/istio/inventory-object.ts';
import { type KubernetesObject, refOf } from '../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import { boundedParallel } from './bounded-parallel.ts';
import { isRace, withInventory } from './inventory.ts';
import type { Applied, Cluster } from './ports/cluster.ts';

/** Applies a webhook configuration without what istiod writes; once more when istiod wrote in between. */
async function applyWebhooks(cluster: Cluster, object: KubernetesObject): Promise<Applied> {
  const attempt = async (): Promise<Applied> => {
    const live = await cluster.read(refOf(object));
    return cluster.apply(withoutIstiodWrites(object, live));
  };
  try {
    return await attempt();
  } catch (error) {
    if (!isRace(error)) throw error;
    return attempt();
  }
}

function applyOne(cluster: Cluster, object: KubernetesObject): Promise<Applied> {
  return isWebhookConfiguration(object) ? applyWebhooks(cluster, object) : cluster.apply(object);
}

type Definition = KubernetesObject & {
  status?: { conditions?: { type: string; status: string }[] };
};

/** Whether the API server serves a definition. */
export function isEstablished(definition: KubernetesObject): boolean {
  const conditions = (definition as Definition).status?.conditions ?? [];
  return conditions.some(
    (condition) => condition.type === 'Established' && condition.status === 'True',
  );
}

/** Waits until the API server serves every one of the just applied definitions. */
async function definitionsEstablished(
  cluster: Cluster,
  applied: KubernetesObject[],
): Promise<void> {
  const missing = new Set(
    applied
      .filter((definition) => !isEstablished(definition))
      .map((definition) => definition.metadata.name),
  );
  if (missing.size === 0) return;
  await cluster.watchUntil(
    { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    (definitions) => {
      const established = definitions.filter(
        (definition) => missing.has(definition.metadata.name) && isEstablished(definition),
      );
      return established.length === missing.size ? true : undefined;
    },
  );
}

/**
 * Applies objects in waves, in parallel within a wave; Istio's resources wait until their definitions are served.
 * Answers how many objects changed.
 */
export async function applyObjects(cluster: Cluster, objects: KubernetesObject[]): Promise<number> {
  let changed = 0;
  let established: Promise<void> = Promise.resolve();
  for (const wave of objectWaves(objects)) {
    if (wave.some(isIstioResource)) await established;
    const results = await boundedParallel(wave, (object) => applyOne(cluster, object));
    changed += results.filter((result) => result.changed).length;
    if (wave[0]?.kind === 'CustomResourceDefinition') {
      established = definitionsEstablished(
        cluster,
        results.map((result) => result.object),
      );
      // Awaited below; a failure in between must not count as unhandled.
      established.catch(() => undefined);
    }
  }
  await established;
  return changed;
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
