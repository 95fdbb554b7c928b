import type { ClusterSpec, MeshSpec, RemoteSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import { controlPlaneInput } from './control-plane-input.ts';
import { exportSteps } from './export-steps.ts';
import { gatewayServiceSteps, gatewayWorkloadSteps, meshNetworksSteps } from './gateway-steps.ts';
import type { PlanStep } from './plan.ts';
import { discoveryServiceSteps, primarySteps } from './primary-steps.ts';
import { remoteSecretSteps, remoteSteps } from './remote-steps.ts';
import { step } from './step.ts';
import { stubServiceSteps } from './stub-service-steps.ts';
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
    ...stubServiceSteps(spec, cluster),
    ...gatewayServiceSteps(spec, topology, cluster),
    ...discoveryServiceSteps(spec, topology, cluster),
    ...remoteSecretSteps(spec, topology, cluster),
    ...(isRemote(cluster)
      ? remoteSteps(spec, topology, cluster)
      : primarySteps(spec, topology, cluster)),
    ...gatewayWorkloadSteps(spec, topology, cluster),
    ...meshNetworksSteps(spec, topology, cluster),
    ...exportSteps(spec, cluster),
  ];
}

function isRemote(cluster: ClusterSpec): cluster is ClusterSpec & { controlPlane: RemoteSpec } {
  return cluster.controlPlane.kind === 'remote';
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
