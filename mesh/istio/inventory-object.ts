import type { KubernetesObject, ObjectRef } from '../kubernetes-object.ts';
import { describeRef } from '../kubernetes-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, MESH_LABEL } from './istio-names.ts';

/** Beginning of the names of inventories. */
const PREFIX = 'meshwright-inventory-';

/** A part of a mesh in one cluster whose objects are applied and pruned together. */
export type Component = {
  /** Mesh it belongs to. */
  mesh: string;
  /** System namespace, where the inventory is kept. */
  namespace: string;
  /** Its name, e.g. `base`, `control-plane`, `gateway-service`. */
  name: string;
};

/** Name of the ConfigMap that lists a component's objects. */
export function inventoryName(component: string): string {
  return `${PREFIX}${component}`;
}

/** Name of the component that a ConfigMap is the inventory of; null when it is none. */
export function componentOfInventory(configMap: KubernetesObject): string | null {
  const { name } = configMap.metadata;
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null;
}

function line(ref: ObjectRef): string {
  return `${ref.apiVersion} ${describeRef(ref)}`;
}

/** Writes references one a line, sorted and without doubles: `apps/v1 Deployment istio-system/istiod`. */
export function inventoryText(refs: ObjectRef[]): string {
  return [...new Set(refs.map(line))].sort().join('\n');
}

/** The ConfigMap that lists a component's objects. */
export function inventoryObject(component: Component, refs: ObjectRef[]): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: inventoryName(component.name),
      namespace: component.namespace,
      labels: {
        [MANAGED_BY_LABEL]: MANAGED_BY,
        [MESH_LABEL]: component.mesh,
      },
    },
    data: { objects: inventoryText(refs) },
  };
}

/** The references an inventory lists; none when it does not exist. Lines nobody can read are left out. */
export function inventoryRefs(inventory: KubernetesObject | null): ObjectRef[] {
  const text = (inventory as { data?: { objects?: string } } | null)?.data?.objects ?? '';
  return text.split('\n').flatMap((entry) => {
    const [apiVersion, kind, path] = entry.split(' ');
    if (apiVersion === undefined || kind === undefined || path === undefined) return [];
    const slash = path.indexOf('/');
    if (slash < 0) return [{ apiVersion, kind, name: path }];
    return [{ apiVersion, kind, namespace: path.slice(0, slash), name: path.slice(slash + 1) }];
  });
}

/** Tells whether two references name the same object, whatever version of its group they use. */
export function sameObject(a: ObjectRef, b: ObjectRef): boolean {
  const group = (ref: ObjectRef): string =>
    ref.apiVersion.includes('/') ? ref.apiVersion.replace(/\/.*$/, '') : '';
  return (
    group(a) === group(b) && a.kind === b.kind && a.name === b.name && a.namespace === b.namespace
  );
}
