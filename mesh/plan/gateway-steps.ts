import { gatewayComponent } from '../istio/gateway-role.ts';
import type { GatewayRole } from '../istio/gateway-role.ts';
import type { ClusterSpec, MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import { hasLocalInjector, istioOf, meshNetworksOf } from './control-plane-input.ts';
import type { PlanStep } from './plan.ts';
import type { StepInputs } from './step-inputs.ts';
import { step } from './step.ts';
import type { Topology } from './topology.ts';

/** Services of a cluster's gateways and their addresses: nothing holds them back, and an address takes longest. */
export function gatewayServiceSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
): PlanStep[] {
  const { name } = cluster;
  return rolesOf(topology, cluster).flatMap((role) => {
    const service = gatewayComponent(role, 'service');
    const gateway = gatewayComponent(role, 'workload');
    return [
      step(
        'applyGateway',
        name,
        `apply-${service}`,
        words(service),
        [`${name}/prepare-namespace`],
        gatewayInput(spec, topology, cluster, role, 'service'),
      ),
      // Whoever uses an egress gateway is in its cluster: its Service has no load balancer.
      ...(role === 'egress'
        ? []
        : [
            step(
              'awaitGatewayAddress',
              name,
              `await-${gateway}-address`,
              words(`${gateway}-address`),
              [`${name}/apply-${service}`],
              {
                cluster: clusterRef(cluster),
                namespace: spec.istio.namespace,
                limitMs: spec.timeouts.gatewayAddressMs,
                ...(role === null ? {} : { role }),
              },
            ),
          ]),
    ];
  });
}

/** Pods of a cluster's gateways: only an injector that answers can make them. */
export function gatewayWorkloadSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
): PlanStep[] {
  const { name } = cluster;
  const injector =
    cluster.controlPlane.kind === 'primary' ? 'await-control-plane' : 'await-cluster-sync';
  return rolesOf(topology, cluster).flatMap((role) => {
    const gateway = gatewayComponent(role, 'workload');
    return [
      step(
        'applyGateway',
        name,
        `apply-${gateway}`,
        words(gateway),
        [`${name}/${injector}`, `${name}/apply-${gatewayComponent(role, 'service')}`],
        gatewayInput(spec, topology, cluster, role, 'workload'),
      ),
      step(
        'awaitGateway',
        name,
        `await-${gateway}`,
        `${words(gateway)} ready`,
        [`${name}/apply-${gateway}`],
        {
          cluster: clusterRef(cluster),
          namespace: spec.istio.namespace,
          limitMs: spec.timeouts.gatewayReadyMs,
          ...(role === null ? {} : { role }),
        },
      ),
    ];
  });
}

/** Gateways of a cluster: the east-west one where the topology asks for it, those at the edge as the file lists them. */
function rolesOf(topology: Topology, cluster: ClusterSpec): GatewayRole[] {
  return [...(topology.gateways.has(cluster.name) ? [null] : []), ...cluster.gateways];
}

function words(component: string): string {
  return component.replaceAll('-', ' ');
}

function gatewayInput(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
  role: GatewayRole,
  part: 'service' | 'workload',
): StepInputs['applyGateway'] {
  return {
    cluster: clusterRef(cluster),
    mesh: spec.name,
    namespace: spec.istio.namespace,
    revision: spec.istio.revision,
    istio: istioOf(spec, cluster),
    network: cluster.network,
    part,
    ...(role === null
      ? { services: topology.networks.length > 1 || topology.isReplicated }
      : { role }),
    ...(part === 'workload' && hasLocalInjector(cluster) ? { injector: 'local' as const } : {}),
  };
}

/**
 * Where the cluster's network is listed in ConfigMap `istio`: its gateway's real address in the ConfigMap of every
 * primary. The one in the cluster's own control plane has the plain id.
 */
export function meshNetworksSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
): PlanStep[] {
  const listed = topology.listedNetworks.some((network) => network.name === cluster.network);
  if (!listed || !topology.gateways.has(cluster.name)) return [];
  const own = topology.primaryOf.get(cluster.name)?.name;
  const meshNetworks = meshNetworksOf(topology);
  return topology.primaries.map((primary) => {
    const isOwn = primary.name === own;
    return step(
      'patchMeshNetworks',
      cluster.name,
      isOwn ? 'patch-mesh-networks' : `patch-mesh-networks-in-${primary.name}`,
      isOwn ? 'mesh networks' : `mesh networks in ${primary.name}`,
      [`${cluster.name}/await-gateway-address`, `${primary.name}/apply-control-plane`],
      {
        primary: clusterRef(primary),
        mesh: spec.name,
        namespace: spec.istio.namespace,
        revision: spec.istio.revision,
        network: cluster.network,
        meshNetworks,
      },
    );
  });
}
