import type { MeshSpec } from '../spec/mesh-spec.ts';

/** A permission an install needs, as precheck asks about it; without a namespace it is needed cluster-wide. */
export type RequiredPermission = {
  /** API group, empty for core. */
  group: string;
  /** Plural resource. */
  resource: string;
  /** Verb. */
  verb: string;
  /** Namespace. */
  namespace?: string;
};

const APPLY = ['get', 'create', 'patch', 'delete'];

/** Resources of the system namespace that are applied or read: group, resource, verbs. */
const NAMESPACED: [string, string, string[]][] = [
  ['', 'configmaps', APPLY],
  ['', 'secrets', [...APPLY, 'list', 'watch']],
  ['', 'events', ['list']],
  ['apps', 'deployments', [...APPLY, 'list', 'watch']],
  ['autoscaling', 'horizontalpodautoscalers', APPLY],
  ['rbac.authorization.k8s.io', 'roles', APPLY],
  ['rbac.authorization.k8s.io', 'rolebindings', APPLY],
  ['discovery.k8s.io', 'endpointslices', APPLY],
  ['networking.istio.io', 'gateways', APPLY],
  ['networking.istio.io', 'virtualservices', APPLY],
];

/** Cluster-wide resources that are applied or read. */
const CLUSTER_WIDE: [string, string, string[]][] = [
  ['', 'namespaces', [...APPLY, 'list']],
  // The verification has a namespace of its own.
  ['', 'pods', [...APPLY, 'list', 'watch']],
  ['', 'pods/exec', ['create']],
  ['', 'services', [...APPLY, 'list', 'watch']],
  ['', 'serviceaccounts', APPLY],
  ['', 'configmaps', ['list', 'watch']],
  ['apps', 'deployments', ['list']],
  ['apiextensions.k8s.io', 'customresourcedefinitions', [...APPLY, 'list', 'watch']],
  ['rbac.authorization.k8s.io', 'clusterroles', APPLY],
  ['rbac.authorization.k8s.io', 'clusterrolebindings', APPLY],
  ['admissionregistration.k8s.io', 'mutatingwebhookconfigurations', [...APPLY, 'list', 'watch']],
  ['admissionregistration.k8s.io', 'validatingwebhookconfigurations', [...APPLY, 'list']],
];

/** What a replicated mesh needs besides: for exports, and for those of the verification, which has a namespace of its own. */
const REPLICATED = ['gateways', 'serviceentries', 'destinationrules'];

/** Every permission that installing into a cluster needs. Stub Services need none of their own: Services and namespaces are written anyway. */
export function requiredPermissions(
  namespace: string,
  nameResolution: MeshSpec['nameResolution'] = 'cluster',
  topology: MeshSpec['topology'] = 'multicluster',
): RequiredPermission[] {
  return [
    ...NAMESPACED.flatMap(([group, resource, verbs]) =>
      verbs.map((verb) => ({ group, resource, verb, namespace })),
    ),
    ...CLUSTER_WIDE.flatMap(([group, resource, verbs]) =>
      verbs.map((verb) => ({ group, resource, verb })),
    ),
    ...(nameResolution === 'dnsCapture'
      ? [{ group: 'networking.k8s.io', resource: 'servicecidrs', verb: 'list' }]
      : []),
    ...(topology === 'replicated'
      ? REPLICATED.flatMap((resource) =>
          APPLY.map((verb) => ({ group: 'networking.istio.io', resource, verb })),
        )
      : []),
  ];
}
