import type { KubernetesObject } from '../kubernetes-object.ts';
import { READER_ACCOUNT } from './istio-names.ts';

function isDefinition(object: KubernetesObject): boolean {
  return object.kind === 'CustomResourceDefinition';
}

/**
 * Whether a rendered object belongs to the base: the reader account with its role. Istio's charts put the role beside
 * istiod; here it is base, in remotes too, so that a remote secret need not wait for a discovery address.
 */
function isBase(object: KubernetesObject): boolean {
  const { name } = object.metadata;
  switch (object.kind) {
    case 'ServiceAccount':
      return name === READER_ACCOUNT;
    case 'ClusterRole':
    case 'ClusterRoleBinding':
      return name.startsWith('istio-reader-clusterrole');
    default:
      return false;
  }
}

/** The custom resource definitions among the rendered objects. */
export function definitionObjects(rendered: KubernetesObject[]): KubernetesObject[] {
  return rendered.filter(isDefinition);
}

/** The rendered objects that need no istiod and no address: reader account and reader role. */
export function baseObjects(rendered: KubernetesObject[]): KubernetesObject[] {
  return rendered.filter(isBase);
}

/** The rendered objects of istiod, or in a remote those that lead to the primary's. */
export function controlPlaneObjects(rendered: KubernetesObject[]): KubernetesObject[] {
  return rendered.filter((object) => !isBase(object) && !isDefinition(object));
}
