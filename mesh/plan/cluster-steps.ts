import type { ClusterSpec, MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import { controlPlaneInput } from './control-plane-input.ts';
import { gatewayServiceSteps, gatewayWorkloadSteps, meshNetworksSteps } from './gateway-steps.ts';
import { step } from './step.ts';
import type { PlanStep } from './plan.ts';
import type { Topology } from './topology.ts';

/** Every step of one cluster in the order of display; what each needs is a true dependency and nothing more. */
export function clusterSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
  rootFingerprint: string | null,
): PlanStep[] {
  return [
    ...groundSteps(spec, topology, cluster, rootFingerprint),
    ...gatewayServiceSteps(spec, topology, cluster),
    ...remoteSecretSteps(spec, topology, cluster),
    ...(cluster.controlPlane.kind === 'primary'
      ? primarySteps(spec, topology, cluster)
      : remoteSteps(spec, topology, cluster)),
    ...gatewayWorkloadSteps(spec, topology, cluster),
    ...meshNetworksSteps(spec, topology, cluster),
  ];
}

/** What every cluster needs first, and what nothing holds back. */
function groundSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
  rootFingerprint: string | null,
): PlanStep[] {
  const { name } = cluster;
  const { namespace } = spec.istio;
  const home =
    spec.trust.source === 'generated'
      ? spec.clusters.find((other) => isHome(spec, other))
      : undefined;
  return [
    step('prepareNamespace', name, 'prepare-namespace', 'namespace', [], {
      cluster: clusterRef(cluster),
      mesh: spec.name,
      namespace,
      network: cluster.network,
      controlPlaneClusters:
        cluster.controlPlane.kind === 'remote' ? [cluster.controlPlane.primary] : [],
    }),
    step(
      'createCaSecret',
      name,
      'create-ca-secret',
      'CA secret',
      // The root's Secret lives in the system namespace of its home.
      [
        `${name}/prepare-namespace`,
        ...(home === undefined ? [] : [`${home.name}/prepare-namespace`]),
      ],
      {
        cluster: clusterRef(cluster),
        mesh: spec.name,
        namespace,
        trust: spec.trust,
        home: home === undefined ? null : clusterRef(home),
        rootFingerprint,
      },
    ),
    step('applyBase', name, 'apply-base', 'base', [`${name}/prepare-namespace`], {
      ...controlPlaneInput(spec, topology, cluster, 'base'),
      role: cluster.controlPlane.kind,
    }),
    // Fifteen definitions keep an API server busy for seconds. Nothing of a remote waits for its own, so they let its primary go first.
    step(
      'applyDefinitions',
      name,
      'apply-definitions',
      'definitions',
      [
        `${name}/prepare-namespace`,
        ...(cluster.controlPlane.kind === 'remote'
          ? [`${cluster.controlPlane.primary}/await-control-plane`]
          : []),
      ],
      {
        ...controlPlaneInput(spec, topology, cluster, 'base'),
        role: cluster.controlPlane.kind,
      },
    ),
  ];
}

function isHome(spec: MeshSpec, cluster: ClusterSpec): boolean {
  return spec.trust.source === 'generated' && spec.trust.home === cluster.name;
}

function primarySteps(spec: MeshSpec, topology: Topology, cluster: ClusterSpec): PlanStep[] {
  const { name } = cluster;
  const { namespace, revision } = spec.istio;
  const at = { cluster: clusterRef(cluster), mesh: spec.name, namespace };
  const servesRemotes = (topology.remotesOf.get(name)?.length ?? 0) > 0;
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
    ...(servesRemotes
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
    ...(topology.networks.length > 1
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
  ];
}

function remoteSteps(spec: MeshSpec, topology: Topology, cluster: ClusterSpec): PlanStep[] {
  const { name } = cluster;
  const { namespace, revision } = spec.istio;
  const primary = primaryOf(topology, cluster);
  return [
    step(
      'applyRemoteControlPlane',
      name,
      'apply-remote-control-plane',
      'remote control plane',
      [`${name}/create-ca-secret`, `${primary.name}/await-gateway-address`],
      {
        ...controlPlaneInput(spec, topology, cluster, 'control plane'),
        primary: clusterRef(primary),
      },
    ),
    step(
      'awaitClusterSync',
      name,
      'await-cluster-sync',
      'cluster sync',
      [
        `${name}/create-remote-secret`,
        `${name}/apply-remote-control-plane`,
        `${primary.name}/await-control-plane`,
        `${primary.name}/apply-gateway`,
        // Until istiod is exposed nothing of the remote can sync; waiting for it would block this step in its stead.
        `${primary.name}/expose-control-plane`,
      ],
      {
        remote: clusterRef(cluster),
        primary: clusterRef(primary),
        namespace,
        revision,
        limitMs: spec.timeouts.clusterSyncMs,
      },
    ),
  ];
}

/**
 * This cluster's remote secret in every other control plane: each istiod watches all clusters of the mesh but its own.
 * The one in the cluster's own control plane has the plain id.
 */
function remoteSecretSteps(spec: MeshSpec, topology: Topology, cluster: ClusterSpec): PlanStep[] {
  const own = primaryOf(topology, cluster);
  return topology.primaries
    .filter((primary) => primary.name !== cluster.name)
    .map((primary) => {
      const isOwn = primary.name === own.name;
      return step(
        'createRemoteSecret',
        cluster.name,
        isOwn ? 'create-remote-secret' : `create-remote-secret-in-${primary.name}`,
        isOwn ? 'remote secret' : `remote secret in ${primary.name}`,
        [`${cluster.name}/apply-base`, `${primary.name}/prepare-namespace`],
        {
          remote: clusterRef(cluster),
          primary: clusterRef(primary),
          mesh: spec.name,
          namespace: spec.istio.namespace,
          apiServer: cluster.apiServer,
        },
      );
    });
}

function primaryOf(topology: Topology, cluster: ClusterSpec): ClusterSpec {
  const primary = topology.primaryOf.get(cluster.name);
  if (primary === undefined) throw new Error(`cluster ${cluster.name} is not part of the topology`);
  return primary;
}
