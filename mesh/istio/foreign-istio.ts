import { isOurs, makersOf } from '../field-managers.ts';
import { describeRef, type KubernetesObject, refOf } from '../kubernetes-object.ts';
import { MESH_LABEL } from './istio-names.ts';

/** What of Istio lives in a cluster. */
export type IstioFindings = {
  /** Deployments labelled `app=istiod`, of all namespaces. */
  deployments: KubernetesObject[];
  /** MutatingWebhookConfigurations labelled `app=sidecar-injector`. */
  webhooks: KubernetesObject[];
  /** ConfigMaps of the system namespace that are named as a mesh configuration. */
  meshConfigMaps: KubernetesObject[];
  /** Inventories of meshwright, of all namespaces. */
  inventories: KubernetesObject[];
};

/**
 * Objects of an Istio that meshwright did not install, or installed for another mesh, as lines for people. What istiod itself writes
 * (root certificates, elections) is not looked at, so leftovers of an uninstall are not foreign.
 */
export function foreignIstio(mesh: string, namespace: string, findings: IstioFindings): string[] {
  const unowned = [
    ...findings.deployments,
    ...findings.webhooks,
    ...findings.meshConfigMaps,
  ].filter((object) => !isOurs(object));
  const lines = unowned.map((object) => {
    const managers = makersOf(object);
    return `${describeRef(refOf(object))}${managers.length === 0 ? '' : `, managed by ${managers.join(', ')}`}`;
  });
  const meshes = findings.inventories.flatMap(({ metadata }) => {
    const owner = metadata.labels?.[MESH_LABEL] ?? mesh;
    const home = metadata.namespace ?? namespace;
    return owner === mesh ? [] : [`mesh ${owner} of meshwright in namespace ${home}`];
  });
  return [...lines, ...[...new Set(meshes)].sort()];
}

/** Names of other meshes of meshwright in the cluster. */
export function otherMeshes(mesh: string, inventories: readonly KubernetesObject[]): string[] {
  const owners = inventories.map(({ metadata }) => metadata.labels?.[MESH_LABEL] ?? mesh);
  return [...new Set(owners)].filter((owner) => owner !== mesh).sort();
}

/** Namespace other than the given one in which the mesh is installed in the cluster; null when there is none. */
export function otherHome(
  mesh: string,
  namespace: string,
  inventories: readonly KubernetesObject[],
): string | null {
  const homes = inventories
    .filter(({ metadata }) => metadata.labels?.[MESH_LABEL] === mesh)
    .map(({ metadata }) => metadata.namespace ?? namespace);
  return homes.filter((home) => home !== namespace).sort()[0] ?? null;
}

/** Version of the istiod that runs, from its image's tag; null when none runs or the image has no tag. */
export function istiodVersion(deployments: KubernetesObject[]): string | null {
  type Pod = {
    spec?: { template?: { spec?: { containers?: { name?: string; image?: string }[] } } };
  };
  for (const deployment of deployments) {
    const containers = (deployment as Pod).spec?.template?.spec?.containers ?? [];
    const image = containers.find((container) => container.name === 'discovery')?.image ?? '';
    const tag = /:([^/:@]+)(@.*)?$/.exec(image)?.[1];
    if (tag !== undefined) return tag;
  }
  return null;
}
