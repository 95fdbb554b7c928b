import type { ClusterSpec, MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import { istioOf, meshNetworksOf } from './control-plane-input.ts';
import type { PlanStep } from './plan.ts';
import type { StepInputs } from './step-inputs.ts';
import { step } from './step.ts';
import type { Topology } from './topology.ts';

/** Service of a cluster's east-west gateway and its address: nothing holds them back, and an address takes longest. */
export function gatewayServiceSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
): PlanStep[] {
  const { name } = cluster;
  if (!topology.gateways.has(name)) return [];
  return [
    step(
      'applyGateway',
      name,
      'apply-gateway-service',
      'gateway service',
      [`${name}/prepare-namespace`],
      gatewayInput(spec, topology, cluster, 'service'),
    ),
    step(
      'awaitGatewayAddress',
      name,
      'await-gateway-address',
      'gateway address',
      [`${name}/apply-gateway-service`],
      {
        cluster: clusterRef(cluster),
        namespace: spec.istio.namespace,
        limitMs: spec.timeouts.gatewayAddressMs,
      },
    ),
  ];
}

/** Pods of a cluster's east-west gateway: only an injector that answers can make them. */
export function gatewayWorkloadSteps(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
): PlanStep[] {
  const { name } = cluster;
  if (!topology.gateways.has(name)) return [];
  const injector =
    cluster.controlPlane.kind === 'primary' ? 'await-control-plane' : 'await-cluster-sync';
  return [
    step(
      'applyGateway',
      name,
      'apply-gateway',
      'gateway',
      [`${name}/${injector}`, `${name}/apply-gateway-service`],
      gatewayInput(spec, topology, cluster, 'workload'),
    ),
    step('awaitGateway', name, 'await-gateway', 'gateway ready', [`${name}/apply-gateway`], {
      cluster: clusterRef(cluster),
      namespace: spec.istio.namespace,
      limitMs: spec.timeouts.gatewayReadyMs,
    }),
  ];
}

function gatewayInput(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
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
    services: topology.networks.length > 1,
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
