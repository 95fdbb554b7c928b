import { componentOfInventory } from '../../mesh/istio/inventory-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, MESH_LABEL } from '../../mesh/istio/istio-names.ts';
import { MESH_RECORD } from '../../mesh/istio/mesh-record.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { isOurs } from '../../mesh/field-managers.ts';
import type { Cluster } from '../ports/cluster.ts';

/** What says that a mesh is, or was, in a cluster. */
export type MeshTraces = {
  /** Inventories of its components. */
  inventories: KubernetesObject[];
  /** What the cluster remembers of it; null when nothing. */
  record: KubernetesObject | null;
  /** Whether there is anything: what is left in a namespace that meshwright has written on counts too. */
  present: boolean;
};

/** The inventories of a mesh in all namespaces of a cluster. */
export async function readInventories(cluster: Cluster, mesh: string): Promise<KubernetesObject[]> {
  return (await ourConfigMaps(cluster, mesh)).filter(
    (object) => componentOfInventory(object) !== null,
  );
}

async function ourConfigMaps(
  cluster: Cluster,
  mesh: string,
  namespace?: string,
): Promise<KubernetesObject[]> {
  const found = await cluster.list({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY},${MESH_LABEL}=${mesh}`,
  });
  return found.filter(isOurs);
}

/** Looks for a mesh in a cluster. What somebody else has written counts for nothing, whatever its name and labels. */
export async function readMeshTraces(
  cluster: Cluster,
  mesh: string,
  namespace: string,
): Promise<MeshTraces> {
  const [ours, home] = await Promise.all([
    ourConfigMaps(cluster, mesh, namespace),
    cluster.read({ apiVersion: 'v1', kind: 'Namespace', name: namespace }),
  ]);
  const inventories = ours.filter((object) => componentOfInventory(object) !== null);
  const record = ours.find(({ metadata }) => metadata.name === MESH_RECORD) ?? null;
  const present = inventories.length > 0 || record !== null || (home !== null && isOurs(home));
  return { inventories, record, present };
}
