import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import { stateDigest } from './state-digest.ts';

/** Runs kubectl in one cluster and answers what it printed. */
type Kubectl = (...words: string[]) => Promise<string>;

/** Kinds that say what happened or what is measured, never what is wanted. */
const REPORTS = /^(events|componentstatuses|podmetrics|nodemetrics|nodes|pods)(\.|$)/;

/** Every object of a cluster of every kind that can be listed, with its field managers. */
async function readEveryObject(kubectl: Kubectl): Promise<KubernetesObject[]> {
  const names = await kubectl('api-resources', '--verbs=list', '-o', 'name');
  const kinds = names.split('\n').filter((name) => name !== '' && !REPORTS.test(name));
  const words = ['get', kinds.join(','), '-A', '-o', 'json', '--show-managed-fields'];
  return (JSON.parse(await kubectl(...words)) as { items: KubernetesObject[] }).items;
}

async function stateOfCluster(kubectl: Kubectl): Promise<string> {
  return stateDigest(await readEveryObject(kubectl));
}

/** The state digests of clusters, in one text; `kubectlOf` runs kubectl in one of them and answers what it printed. */
export async function stateOfClusters(
  clusters: readonly string[],
  kubectlOf: (cluster: string, ...words: string[]) => Promise<string>,
): Promise<string> {
  const states: string[] = [];
  for (const cluster of clusters) {
    const state = await stateOfCluster((...words) => kubectlOf(cluster, ...words));
    states.push(`═══ ${cluster} ═══\n${state}`);
  }
  return states.join('\n\n');
}
