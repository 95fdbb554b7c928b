import type { RequiredPermission } from './required-permissions.ts';

const REMOVE = ['get', 'delete'];

/** Resources of the system namespace that are removed, or looked at before the namespace goes: group, resource, verbs. */
const NAMESPACED: [string, string, string[]][] = [
  ['', 'secrets', [...REMOVE, 'list']],
  ['', 'persistentvolumeclaims', ['list']],
  ['apps', 'deployments', REMOVE],
  ['apps', 'statefulsets', ['list']],
  ['apps', 'daemonsets', ['list']],
  ['autoscaling', 'horizontalpodautoscalers', REMOVE],
  ['coordination.k8s.io', 'leases', REMOVE],
  ['rbac.authorization.k8s.io', 'roles', REMOVE],
  ['rbac.authorization.k8s.io', 'rolebindings', REMOVE],
  ['discovery.k8s.io', 'endpointslices', REMOVE],
];

/** Cluster-wide resources that are removed or read. */
const CLUSTER_WIDE: [string, string, string[]][] = [
  ['', 'namespaces', [...REMOVE, 'patch', 'list', 'watch']],
  ['', 'pods', ['list', 'watch']],
  // istiod writes ConfigMaps into every namespace.
  ['', 'configmaps', [...REMOVE, 'list']],
  ['', 'services', [...REMOVE, 'list']],
  ['', 'serviceaccounts', [...REMOVE, 'list']],
  ['apps', 'deployments', ['list']],
  ['apiextensions.k8s.io', 'customresourcedefinitions', ['list']],
  ['rbac.authorization.k8s.io', 'clusterroles', REMOVE],
  ['rbac.authorization.k8s.io', 'clusterrolebindings', REMOVE],
  ['admissionregistration.k8s.io', 'mutatingwebhookconfigurations', [...REMOVE, 'list']],
  ['admissionregistration.k8s.io', 'validatingwebhookconfigurations', [...REMOVE, 'list']],
];

/** Every permission that taking a mesh out of a cluster needs, with Istio's definitions where they are asked for. */
export function removalPermissions(namespace: string, crds: boolean): RequiredPermission[] {
  return [
    ...NAMESPACED.flatMap(([group, resource, verbs]) =>
      verbs.map((verb) => ({ group, resource, verb, namespace })),
    ),
    ...CLUSTER_WIDE.flatMap(([group, resource, verbs]) =>
      verbs.map((verb) => ({ group, resource, verb })),
    ),
    ...(crds
      ? REMOVE.map((verb) => ({
          group: 'apiextensions.k8s.io',
          resource: 'customresourcedefinitions',
          verb,
        }))
      : []),
  ];
}
