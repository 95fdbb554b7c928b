import { isIstioResource, objectWaves } from '../../mesh/istio/object-waves.ts';
import { isWebhookConfiguration, withoutIstiodWrites } from '../../mesh/istio/webhook-fields.ts';
import type { Component } from '../../mesh/istio/inventory-object.ts';
import { type KubernetesObject, refOf } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { isRace, withInventory } from '../planning/inventory.ts';
import type { Applied, Cluster } from '../ports/cluster.ts';

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
  spec?: {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean }[];
  };
  status?: { conditions?: { type: string; status: string }[] };
};

/** Looks at a kind that is established and not served yet, and the pause between them; it follows within a second. */
const SERVED_LOOKS = 50;
const SERVED_EVERY_MS = 100;

/** Whether the API server has taken a definition over. */
function isEstablished(definition: KubernetesObject): boolean {
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

/** Waits until kinds that are established can be written too; one that takes longer is for whoever writes it to wait for. */
async function kindsServed(cluster: Cluster, definitions: KubernetesObject[]): Promise<void> {
  for (const { spec } of definitions as Definition[]) {
    const version = spec?.versions.find(({ served }) => served)?.name;
    if (spec === undefined || version === undefined) continue;
    for (let look = 0; look < SERVED_LOOKS; look += 1) {
      if (await cluster.serves(`${spec.group}/${version}`, spec.names.kind)) break;
      await new Promise((resolve) => setTimeout(resolve, SERVED_EVERY_MS));
    }
  }
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
      ).then(() => kindsServed(cluster, wave));
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
