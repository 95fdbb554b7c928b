import type { MeshRig } from './mesh-rig.ts';

/** Kinds that move by themselves in a healthy cluster. */
const RESTLESS =
  /^(events?|leases?|nodes|endpointslices|endpoints|componentstatuses|podmetrics)(\.|$)/;

/** Annotation of the locks that leaders renew every few seconds. */
const LEADER_LOCK = 'control-plane.alpha.kubernetes.io/leader';

/** Every object of the clusters with its resourceVersion, leaving out what moves by itself. */
export async function everyResourceVersion(
  rig: MeshRig,
  clusters: readonly string[] = ['cluster1', 'cluster2'],
): Promise<{ [object: string]: string }> {
  const found: { [object: string]: string } = {};
  for (const cluster of clusters) {
    const names = await rig.kubectl(cluster, 'api-resources', '--verbs=list', '-o', 'name');
    const kinds = names.split('\n').filter((name) => name !== '' && !RESTLESS.test(name));
    for (const { kind, metadata } of await rig.objects(cluster, kinds.join(','), '-A')) {
      if (metadata.annotations?.[LEADER_LOCK] !== undefined) continue;
      found[`${cluster} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`] =
        metadata.resourceVersion ?? 'none';
    }
  }
  return found;
}
