import type { ClusterSpec, MeshSpec, RemoteSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import { controlPlaneInput } from './control-plane-input.ts';
import type { PlanStep } from './plan.ts';
import { remoteSecretStepId } from './remote-secret-step.ts';
import { step } from './step.ts';
import type { Topology } from './topology.ts';

/** Whether a remote of this primary reaches istiod in that way. */
function isReachedBy(
  topology: Topology,
  primary: string,
  discovery: RemoteSpec['discovery'],
): boolean {
  return (topology.remotesOf.get(primary) ?? []).some(
    ({ controlPlane }) => controlPlane.kind === 'remote' && controlPlane.discovery === discovery,
  );
}

/** LoadBalancer of a primary's istiod and its address, where remotes use it: nothing holds them back. */
export function discoveryServiceSteps(
  spec: MeshSpec,
  topology: Topology,
  { name, context }: ClusterSpec,
): PlanStep[] {
  if (!isReachedBy(topology, name, 'loadBalancer')) return [];
  const { namespace, revision } = spec.istio;
  const at = { cluster: clusterRef({ name, context }), namespace, revision };
  return [
    step(
      'applyDiscoveryService',
      name,
      'apply-istiod-service',
      'istiod service',
      [`${name}/prepare-namespace`],
      { ...at, mesh: spec.name },
    ),
    step(
      'awaitDiscoveryAddress',
      name,
      'await-istiod-address',
      'istiod address',
      [`${name}/apply-istiod-service`],
      { ...at, limitMs: spec.timeouts.gatewayAddressMs },
    ),
  ];
}

/** Steps of a control plane. */
export function primarySteps(spec: MeshSpec, topology: Topology, cluster: ClusterSpec): PlanStep[] {
  const { name } = cluster;
  const { namespace, revision } = spec.istio;
  const at = { cluster: clusterRef(cluster), mesh: spec.name, namespace };
  return [
    step(
      'applyControlPlane',
      name,
      'apply-control-plane',
      'control plane',
      // An istiod that starts while its definitions are being taken over asks for each again after growing pauses: 3 s were seen.
      [`${name}/create-ca-secret`, `${name}/apply-definitions`],
      controlPlaneInput(spec, topology, cluster, 'control plane'),
    ),
    // The webhook that validates Istio's kinds is transient trouble until istiod serves it.
    ...(spec.istio.resources.length > 0
      ? [
          step(
            'applyResources',
            name,
            'apply-resources',
            'resources',
            [`${name}/apply-definitions`],
            { ...at, resources: spec.istio.resources },
          ),
        ]
      : []),
    ...(isReachedBy(topology, name, 'gateway')
      ? [
          step(
            'exposeControlPlane',
            name,
            'expose-control-plane',
            'expose control plane',
            [`${name}/apply-definitions`],
            {
              ...at,
              revision,
            },
          ),
        ]
      : []),
    ...(topology.networks.length > 1 && !topology.isReplicated
      ? [
          step(
            'exposeServices',
            name,
            'expose-services',
            'expose services',
            [`${name}/apply-definitions`],
            at,
          ),
        ]
      : []),
    step(
      'awaitControlPlane',
      name,
      'await-control-plane',
      'control plane ready',
      [`${name}/apply-control-plane`],
      { cluster: clusterRef(cluster), namespace, revision, limitMs: spec.timeouts.controlPlaneMs },
    ),
    ...meshSyncSteps(spec, topology, cluster),
  ];
}

/** Beside its own remotes, which have a wait of their own, a primary's istiod reads every cluster of the others. */
function meshSyncSteps(spec: MeshSpec, topology: Topology, primary: ClusterSpec): PlanStep[] {
  const others = spec.clusters.filter(
    (cluster) => topology.primaryOf.get(cluster.name)?.name !== primary.name,
  );
  if (others.length === 0 || topology.isReplicated) return [];
  return [
    step(
      'awaitMeshSync',
      primary.name,
      'await-mesh-sync',
      'mesh sync',
      [
        `${primary.name}/await-control-plane`,
        ...others.map((other) => remoteSecretStepId(topology, other, primary)),
      ],
      {
        primary: clusterRef(primary),
        clusters: others.map((other) => other.name),
        namespace: spec.istio.namespace,
        revision: spec.istio.revision,
        limitMs: spec.timeouts.clusterSyncMs,
      },
    ),
  ];
}
