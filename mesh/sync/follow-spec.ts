import { discoveryName } from '../istio/istio-names.ts';
import { exportAddresses } from '../istio/export-address.ts';
import { exportHost, importComponent } from '../istio/export-names.ts';
import { clusterRef } from '../plan/cluster-ref.ts';
import { meshNetworksOf } from '../plan/control-plane-input.ts';
import { importInput } from '../plan/export-steps.ts';
import { primaryOf, type Topology } from '../plan/topology.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { FollowedTarget, FollowSpec } from './followed-target.ts';

/** Works out what must be followed for as long as the mesh stands as the file says. */
export function followSpecOf(spec: MeshSpec, topology: Topology, specDigest: string): FollowSpec {
  return {
    mesh: spec.name,
    specDigest,
    clusters: spec.clusters.map((cluster) => cluster.name),
    targets: [
      ...discoveryTargets(spec, topology),
      ...meshNetworksTargets(spec, topology),
      ...stubServicesTargets(spec),
      ...importTargets(spec),
    ],
  };
}

function discoveryTargets(spec: MeshSpec, topology: Topology): FollowedTarget[] {
  const { namespace, revision } = spec.istio;
  return spec.clusters.flatMap((cluster): FollowedTarget[] => {
    const { controlPlane } = cluster;
    if (controlPlane.kind !== 'remote') return [];
    return [
      {
        kind: 'discovery',
        id: `${cluster.name}/istiod-address`,
        cluster: clusterRef(cluster),
        namespace,
        revision,
        primary: clusterRef(primaryOf(topology, cluster)),
        slice: discoveryName(revision, controlPlane.injector),
        discovery: controlPlane.discovery,
      },
    ];
  });
}

function meshNetworksTargets(spec: MeshSpec, topology: Topology): FollowedTarget[] {
  const networks = meshNetworksOf(topology);
  if (networks.length === 0) return [];
  const { namespace, revision } = spec.istio;
  return topology.primaries.map((primary) => ({
    kind: 'meshNetworks',
    id: `${primary.name}/mesh-networks`,
    cluster: clusterRef(primary),
    namespace,
    revision,
    networks,
  }));
}

function stubServicesTargets(spec: MeshSpec): FollowedTarget[] {
  if (spec.nameResolution !== 'stubServices' || spec.clusters.length < 2) return [];
  const { namespace, revision } = spec.istio;
  const clusters = spec.clusters.map(clusterRef);
  return spec.clusters.map((cluster) => ({
    kind: 'stubServices',
    id: `${cluster.name}/stub-services`,
    cluster: clusterRef(cluster),
    namespace,
    revision,
    mesh: spec.name,
    clusters,
  }));
}

function importTargets(spec: MeshSpec): FollowedTarget[] {
  const addresses = exportAddresses(spec.exports);
  return spec.exports.flatMap((entry) =>
    spec.clusters
      .filter(({ name }) => entry.to.includes(name))
      .map((cluster): FollowedTarget => ({
        kind: 'import',
        id: `${cluster.name}/${importComponent(entry)}`,
        revision: spec.istio.revision,
        ...importInput(spec, cluster, entry, addresses.get(exportHost(entry)) ?? null),
      })),
  );
}
