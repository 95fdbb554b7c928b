import type { KubernetesObject } from '../kubernetes-object.ts';
import { READER_ACCOUNT } from './istio-names.ts';

/**
 * Whether a rendered object belongs to the base: definitions, and the reader account with its role. Istio's charts put the role beside
 * istiod; here it is base, in remotes too, so that a remote secret need not wait for a discovery address.
 */
function isBase(object: KubernetesObject): boolean {
  const { name } = object.metadata;
  switch (object.kind) {
    case 'CustomResourceDefinition':
      return true;
    case 'ServiceAccount':
      return name === READER_ACCOUNT;
    case 'ClusterRole':
    case 'ClusterRoleBinding':
      return name.startsWith('istio-reader-clusterrole');
    default:
      return false;
  }
}

/** The rendered objects that need no istiod and no address: custom resource definitions, reader account, reader role. */
export function baseObjects(rendered: KubernetesObject[]): KubernetesObject[] {
  return rendered.filter(isBase);
}

/** The rendered objects of istiod, or in a remote those that lead to the primary's. */
export function controlPlaneObjects(rendered: KubernetesObject[]): KubernetesObject[] {
  return rendered.filter((object) => !isBase(object));
}
