import { inventoryRefs, sameObject } from '../../mesh/istio/inventory-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../mesh/istio/istio-names.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { otherIstio } from './other-istio.ts';
import { isOurs } from '../../mesh/field-managers.ts';
import { removeOurs } from '../objects/our-objects.ts';
import type { Cluster } from '../ports/cluster.ts';

type Definition = {
  spec?: {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean }[];
  };
};

/** What the removal of definitions came to. */
export type DefinitionsRemoved = {
  /** Definitions removed. */
  removed: number;
  /** Why others stay, one line for each. */
  kept: string[];
};

/** Why a definition must stay; null when nobody would lose anything with it. */
async function keeperOf(
  cluster: Cluster,
  definition: KubernetesObject,
  inventories: readonly KubernetesObject[],
): Promise<string | null> {
  const { name } = definition.metadata;
  const other = inventories.find((inventory) =>
    inventoryRefs(inventory).some((ref) => sameObject(ref, refOf(definition))),
  );
  if (other !== undefined) return `${name} is listed by ${describeRef(refOf(other))}`;
  const { spec } = definition as Definition;
  const version = spec?.versions.find(({ served }) => served)?.name;
  if (spec === undefined || version === undefined) return null;
  const apiVersion = `${spec.group}/${version}`;
  const objects = await cluster.list({ apiVersion, kind: spec.names.kind });
  const [first] = objects;
  if (first === undefined) return null;
  const more = objects.length === 1 ? '' : ` and ${objects.length - 1} more`;
  return `${name} is used by ${describeRef(refOf(first))}${more}`;
}

/**
 * Removes the definitions that meshwright made, each only while there is no object of its kind: with a definition all of them go. They are found by
 * their owner, not by an inventory, so those that an earlier removal kept are found too. While another Istio is in the cluster all of them stay.
 */
export async function removeDefinitions(cluster: Cluster): Promise<DefinitionsRemoved> {
  const [definitions, other, inventories] = await Promise.all([
    ourDefinitions(cluster),
    otherIstio(cluster),
    cluster.list({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}`,
    }),
  ]);
  if (other !== null && definitions.length > 0)
    return {
      removed: 0,
      kept: definitions.map(nameOf).map((name) => `${name} is needed by ${other}`),
    };
  const ours = inventories.filter(isOurs);
  const ends = await boundedParallel(definitions, async (definition) => {
    const why = await keeperOf(cluster, definition, ours);
    return why ?? removeOurs(cluster, refOf(definition));
  });
  return {
    removed: ends.filter((end) => end === true).length,
    kept: ends.filter((end) => typeof end === 'string').sort(),
  };
}

function nameOf({ metadata }: KubernetesObject): string {
  return metadata.name;
}

/** The definitions that meshwright made. */
export async function ourDefinitions(cluster: Cluster): Promise<KubernetesObject[]> {
  const found = await cluster.list({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
  });
  return found.filter(isOurs);
}
