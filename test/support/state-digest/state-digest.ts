import { MANAGED_BY, MANAGED_BY_LABEL } from '../../../mesh/istio/istio-names.ts';
import { describeRef, type KubernetesObject, refOf } from '../../../mesh/kubernetes-object.ts';
import { canonicalObject } from './canonical-object.ts';

/** Whether meshwright owns an object: it holds fields of it, or has marked it. */
function isOwned({ metadata }: KubernetesObject): boolean {
  return (
    metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY ||
    (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith('meshwright') === true)
  );
}

/**
 * The state digest: every object that meshwright owns, in canonical form, one after the other in the order of their names. Two
 * clusters in the same state have the same text, and where they differ, the difference of the texts says where.
 */
export function stateDigest(objects: KubernetesObject[]): string {
  return objects
    .filter(isOwned)
    .map((object) => [
      `${object.apiVersion} ${describeRef(refOf(object))}`,
      JSON.stringify(canonicalObject(object), null, 1),
    ])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}
