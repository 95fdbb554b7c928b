import type { ClusterSpec, MeshSpec, RemoteSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import { controlPlaneInput, hasLocalInjector } from './control-plane-input.ts';
import type { PlanStep } from './plan.ts';
import { remoteSecretStepName } from './remote-secret-step.ts';
import { step } from './step.ts';
import { primaryOf, type Topology } from './topology.ts';

/** Step of the primary after which its istiod has the address that a remote needs. */
const ADDRESS_STEPS: { [D in RemoteSpec['discovery']]: string } = {
  gateway: 'await-gateway-address',
  loadBalancer: 'await-istiod-address',
  podIP: 'await-control-plane',
};

/** Steps of a cluster that another one's control plane serves. */
export function remoteSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec & { controlPlane: RemoteSpec },
): PlanStep[] {
  const { name } = cluster;
  const { namespace, revision } = spec.istio;
  const { discovery } = cluster.controlPlane;
  const primary = primaryOf(topology, cluster);
  const isLocal = hasLocalInjector(cluster);
  return [
    step(
      'applyRemoteControlPlane',
      name,
      'apply-remote-control-plane',
      'remote control plane',
      [
        `${name}/create-ca-secret`,
        `${primary.name}/${ADDRESS_STEPS[discovery]}`,
        // As in a primary: an istiod that starts before its definitions asks for each again after growing pauses.
        ...(isLocal ? [`${name}/apply-definitions`] : []),
      ],
      {
        ...controlPlaneInput(spec, topology, cluster, 'control plane'),
        primary: clusterRef(primary),
        discovery,
        ...(isLocal ? { injector: 'local' as const } : {}),
      },
    ),
    ...(isLocal
      ? [
          step(
            'awaitControlPlane',
            name,
            'await-injector',
            'local injector ready',
            [`${name}/apply-remote-control-plane`],
            {
              cluster: clusterRef(cluster),
              namespace,
              revision,
              limitMs: spec.timeouts.controlPlaneMs,
            },
          ),
        ]
      : []),
    step(
      'awaitClusterSync',
      name,
      'await-cluster-sync',
      'cluster sync',
      [
        `${name}/create-remote-secret`,
        `${name}/${isLocal ? 'await-injector' : 'apply-remote-control-plane'}`,
        `${primary.name}/await-control-plane`,
        // Until istiod is exposed nothing of the remote can sync; waiting for it would block this step in its stead.
        ...(discovery === 'gateway'
          ? [`${primary.name}/apply-gateway`, `${primary.name}/expose-control-plane`]
          : []),
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

/** This cluster's remote secret in every other control plane: each istiod watches all clusters of the mesh but its own. */
export function remoteSecretSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
): PlanStep[] {
  if (topology.isReplicated) return [];
  return topology.primaries
    .filter((primary) => primary.name !== cluster.name)
    .map((primary) => {
      const isOwn = primary.name === primaryOf(topology, cluster).name;
      return step(
        'createRemoteSecret',
        cluster.name,
        remoteSecretStepName(topology, cluster, primary),
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
