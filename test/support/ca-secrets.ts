import type { MeshRig } from './mesh-rig.ts';

/** What the CA secrets of clusters are, as far as they exist: identity and version, which every write moves. */
export async function caSecrets(
  rig: MeshRig,
  clusters: readonly string[] = ['cluster1', 'cluster2'],
): Promise<{ [cluster: string]: string }> {
  const found: { [cluster: string]: string } = {};
  for (const cluster of clusters) {
    const named = ['-n', 'istio-system', '--field-selector=metadata.name=cacerts'];
    const [secret] = await rig.objects(cluster, 'secrets', ...named);
    if (secret !== undefined)
      found[cluster] = `${secret.metadata.uid ?? ''} ${secret.metadata.resourceVersion ?? ''}`;
  }
  return found;
}
