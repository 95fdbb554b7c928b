import { mergeValues } from '../istio/merge-values.ts';
import type { ClusterSpec, IstioSpec, MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { MeshNetwork } from './mesh-network.ts';
import type { ControlPlaneInput } from './step-inputs.ts';
import type { Topology } from './topology.ts';

/**
 * The mesh's release with a cluster's overlays laid over the mesh's, without `resources`, which have a step of their own:
 * a plan is recorded in history, so nothing is repeated in it without use.
 */
export function istioOf(spec: MeshSpec, cluster: ClusterSpec): IstioSpec {
  return {
    ...spec.istio,
    values: mergeValues(spec.istio.values, cluster.values),
    meshConfig: mergeValues(spec.istio.meshConfig, cluster.meshConfig),
    resources: [],
  };
}

/** What rendering a cluster's Istio objects needs. */
export function controlPlaneInput(
  spec: MeshSpec,
  topology: Topology,
  cluster: ClusterSpec,
  part: 'base' | 'control plane',
): ControlPlaneInput {
  return {
    cluster: clusterRef(cluster),
    mesh: spec.name,
    meshId: spec.meshId,
    trustDomain: spec.trustDomain,
    istio: istioOf(spec, cluster),
    network: cluster.network,
    remotes: (topology.remotesOf.get(cluster.name) ?? []).map((remote) => remote.name),
    meshNetworks:
      topology.listedNetworks.length === 0 || !hasConfigMap(cluster, part)
        ? null
        : meshNetworksOf(topology),
    // Names of exports are answered by nobody else.
    ...(spec.nameResolution === 'dnsCapture' || topology.isReplicated ? { dnsCapture: true } : {}),
    ...(topology.remotesOf.get(cluster.name)?.some(hasLocalInjector) === true
      ? { localInjectors: true }
      : {}),
  };
}

/** Whether a cluster has an injector of its own beside the primary that serves it. */
export function hasLocalInjector({ controlPlane }: ClusterSpec): boolean {
  return controlPlane.kind === 'remote' && controlPlane.injector === 'local';
}

/** Only what a primary's istiod comes with has a ConfigMap `istio`, and the mesh's configuration beside it. */
function hasConfigMap(cluster: ClusterSpec, part: 'base' | 'control plane'): boolean {
  return cluster.controlPlane.kind === 'primary' && part === 'control plane';
}

/** The networks listed in ConfigMap `istio`, each with its clusters. */
export function meshNetworksOf(topology: Topology): MeshNetwork[] {
  return topology.listedNetworks.map((network) => ({
    name: network.name,
    clusters: (topology.clustersOf.get(network.name) ?? []).map(clusterRef),
  }));
}
