import { CACERTS_SECRET, READER_TOKEN_SECRET } from '../../mesh/istio/istio-names.ts';
import {
  electionLeftovers,
  ISTIOD_MANAGER,
  NAMESPACE_LEFTOVERS,
} from '../../mesh/istio/istiod-leftovers.ts';
import { VERIFIED_CONFIG_MAP } from '../../mesh/istio/verified-record.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { otherIstio } from './other-istio.ts';
import { removeOurs } from '../objects/our-objects.ts';
import type { Cluster } from '../ports/cluster.ts';

/** What the removal of leftovers came to. */
export type LeftoversRemoved = {
  /** Objects removed. */
  removed: number;
  /** What stays and why, one line each. */
  remains: string[];
};

/** Managers of an object's own fields; what controllers write into its status does not make it theirs. */
function managersOf({ metadata }: KubernetesObject): Set<string> {
  const entries = metadata.managedFields ?? [];
  return new Set(
    entries
      .filter(({ subresource }) => subresource === undefined)
      .map(({ manager }) => manager ?? ''),
  );
}

async function leftByIstiod(cluster: Cluster, namespace: string): Promise<KubernetesObject[]> {
  const elections = await boundedParallel(electionLeftovers(namespace), (ref) => cluster.read(ref));
  return elections.filter((object) => object !== null);
}

async function leftInNamespaces(cluster: Cluster): Promise<KubernetesObject[]> {
  const found = await boundedParallel([...NAMESPACE_LEFTOVERS], (name) =>
    cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', fieldSelector: `metadata.name=${name}` }),
  );
  return found.flat();
}

/**
 * Removes what istiod and meshwright left beside the inventories. Of istiod's only what istiod alone has written, and what it writes into every
 * namespace only when no other Istio is there; of ours only what is ours, never somebody's `cacerts`.
 */
export async function removeLeftovers(
  cluster: Cluster,
  namespace: string,
): Promise<LeftoversRemoved> {
  const [elections, everywhere, other] = await Promise.all([
    leftByIstiod(cluster, namespace),
    leftInNamespaces(cluster),
    otherIstio(cluster),
  ]);
  const remains: string[] = [];
  if (other !== null && everywhere.length > 0)
    remains.push(`${everywhere.length} ConfigMaps of istiod stay: ${other} is another Istio's`);
  const candidates = [...elections, ...(other === null ? everywhere : [])];
  const theirs = candidates.filter((object) => managersOf(object).has(ISTIOD_MANAGER));
  const alone = theirs.filter((object) => managersOf(object).size === 1);
  for (const object of theirs.filter((one) => !alone.includes(one))) {
    const others = [...managersOf(object)].filter((manager) => manager !== ISTIOD_MANAGER);
    remains.push(`${describeRef(refOf(object))} stays: ${others.join(', ')} wrote into it too`);
  }
  const ours = [
    { apiVersion: 'v1', kind: 'Secret', namespace, name: CACERTS_SECRET },
    { apiVersion: 'v1', kind: 'Secret', namespace, name: READER_TOKEN_SECRET },
    { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: VERIFIED_CONFIG_MAP },
  ];
  const removed = [
    ...(await boundedParallel(alone, (object) => {
      const { uid } = object.metadata;
      return cluster.remove(refOf(object), uid === undefined ? {} : { uid });
    })),
    ...(await boundedParallel(ours, (ref) => removeOurs(cluster, ref))),
  ];
  return { removed: removed.filter(Boolean).length, remains };
}
