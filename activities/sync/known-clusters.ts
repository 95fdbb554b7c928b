import { MeshFailure } from '../../mesh/failure.ts';
import { MESH_RECORD, namesOf, readMeshRecord } from '../../mesh/istio/mesh-record.ts';
import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';
import { readClusterUid } from '../planning/cluster-uid.ts';
import type { Cluster, Clusters } from '../ports/cluster.ts';

/** How long it is taken for granted that an API server is that of the same cluster, in milliseconds. */
const SURE_MS = 60_000;

/**
 * Opens clusters as `clusters` does, and makes sure that each is the one which the mesh knows by that name: a sync runs for months, and contexts
 * may be exchanged meanwhile. `namespace` is the system namespace, where clusters remember the mesh; one that remembers nothing is taken as it is.
 * `open` throws a MeshFailure PrecheckFailed, too: the context leads to another cluster.
 */
export function knownClusters(
  clusters: Clusters,
  namespace: string,
  now: () => number = Date.now,
): Clusters {
  const sureUntil = new Map<string, number>();
  return {
    async open(ref) {
      const cluster = await clusters.open(ref);
      const key = JSON.stringify([ref, cluster.server]);
      if ((sureUntil.get(key) ?? 0) > now()) return cluster;
      await refuseAnother(cluster, ref, namespace);
      sureUntil.set(key, now() + SURE_MS);
      return cluster;
    },
  };
}

async function refuseAnother(
  cluster: Cluster,
  { name, context }: ClusterRef,
  namespace: string,
): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: MESH_RECORD };
  const [uid, found] = await Promise.all([readClusterUid(cluster), cluster.read(ref)]);
  const record = readMeshRecord(found);
  const names = record === null ? [] : namesOf(record, uid);
  const [other] = names;
  if (other === undefined || names.includes(name)) return;
  throw new MeshFailure(
    'PrecheckFailed',
    `context ${context} of ${name} leads to ${other} of the mesh: nothing is written`,
    {
      cluster: name,
      cure: `let context ${context} of the worker's kubeconfig lead to ${name} again; it goes on by itself`,
    },
  );
}
