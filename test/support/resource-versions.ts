import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { MeshRig } from './mesh-rig.ts';

/** Kinds that move by themselves in a healthy cluster. */
const RESTLESS =
  /^(events?|leases?|nodes|endpointslices|endpoints|componentstatuses|podmetrics)(\.|$)/;

/** Annotation of the locks that leaders renew every few seconds. */
const LEADER_LOCK = 'control-plane.alpha.kubernetes.io/leader';

/**
 * Every object of the clusters with its version, leaving out what moves by itself. The version is the resourceVersion; of an object with a status, which
 * kubelets and controllers write whenever a probe is late, it is its uid and who wrote what else and when.
 */
export async function everyResourceVersion(
  rig: MeshRig,
  clusters: readonly string[] = ['cluster1', 'cluster2'],
): Promise<{ [object: string]: string }> {
  const found: { [object: string]: string } = {};
  for (const cluster of clusters) {
    const names = await rig.kubectl(cluster, 'api-resources', '--verbs=list', '-o', 'name');
    const kinds = names.split('\n').filter((name) => name !== '' && !RESTLESS.test(name));
    const objects = await rig.objects(cluster, kinds.join(','), '-A', '--show-managed-fields');
    for (const object of objects) {
      const { kind, metadata } = object;
      if (metadata.annotations?.[LEADER_LOCK] !== undefined) continue;
      found[`${cluster} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`] = versionOf(object);
    }
  }
  return found;
}

function versionOf({ metadata, status }: KubernetesObject): string {
  if (status === undefined) return metadata.resourceVersion ?? 'none';
  const writes = (metadata.managedFields ?? []).filter(
    ({ subresource }) => subresource !== 'status',
  );
  const written = createHash('sha256').update(JSON.stringify(writes)).digest('hex');
  return `${metadata.uid ?? 'none'} ${written.slice(0, 12)}`;
}
