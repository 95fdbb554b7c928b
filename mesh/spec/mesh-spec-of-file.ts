import type { KubernetesObject } from '../kubernetes-object.ts';
import { parseDuration } from './duration.ts';
import type { MeshFile } from './mesh-file-schema.ts';
import type { ClusterSpec, ExportSpec, MeshSpec, TrustSpec } from './mesh-spec.ts';

/** Turns a validated file into the spec: defaults that depend on other fields, durations in milliseconds, lists for maps. */
export function meshSpecOfFile(file: MeshFile): MeshSpec {
  const { metadata, spec } = file;
  const { namespace } = spec.istio;
  return {
    name: metadata.name,
    meshId: spec.meshID ?? metadata.name,
    trustDomain: spec.trustDomain,
    topology: spec.topology,
    nameResolution: spec.nameResolution,
    exports: spec.exports.map((entry) => exportOf(entry, spec.clusters)),
    istio: {
      ...spec.istio,
      resources: spec.istio.resources.map((resource) => inNamespace(resource, namespace)),
    },
    trust: trustOf(spec.trust),
    networks: Object.entries(spec.networks).map(([name, { gateways }]) => ({ name, gateways })),
    clusters: spec.clusters.map(clusterOf),
    timeouts: {
      gatewayAddressMs: milliseconds(spec.timeouts.gatewayAddress),
      controlPlaneMs: milliseconds(spec.timeouts.controlPlane),
      clusterSyncMs: milliseconds(spec.timeouts.clusterSync),
      gatewayReadyMs: milliseconds(spec.timeouts.gatewayReady),
      verifyMs: milliseconds(spec.timeouts.verify),
    },
    verify: spec.verify,
  };
}

function clusterOf(cluster: MeshFile['spec']['clusters'][number]): ClusterSpec {
  const { controlPlane } = cluster;
  return {
    name: cluster.name,
    context: cluster.context ?? cluster.name,
    apiServer: cluster.apiServer?.replace(/\/$/, '') ?? null,
    network: cluster.network,
    controlPlane:
      controlPlane === 'primary'
        ? { kind: 'primary' }
        : {
            kind: 'remote',
            primary: controlPlane.remote,
            discovery: controlPlane.discovery,
            injector: controlPlane.injector,
          },
    gateways: cluster.gateways,
    values: cluster.values,
    meshConfig: cluster.meshConfig,
  };
}

function exportOf(
  entry: MeshFile['spec']['exports'][number],
  clusters: MeshFile['spec']['clusters'],
): ExportSpec {
  const others = clusters.map(({ name }) => name).filter((name) => name !== entry.cluster);
  return {
    cluster: entry.cluster,
    namespace: entry.namespace,
    service: entry.service,
    to: entry.to ?? others,
    through: entry.through,
    address: entry.address,
    subsets: Object.entries(entry.subsets).map(([name, labels]) => ({ name, labels })),
  };
}

function trustOf(trust: MeshFile['spec']['trust']): TrustSpec {
  return trust.source === 'existing'
    ? { source: 'existing' }
    : { source: 'generated', home: trust.home };
}

function inNamespace(
  resource: MeshFile['spec']['istio']['resources'][number],
  namespace: string,
): KubernetesObject {
  const { metadata } = resource;
  return {
    ...resource,
    metadata: {
      name: metadata.name,
      namespace,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
    },
  };
}

function milliseconds(duration: string): number {
  const length = parseDuration(duration);
  if (length === null) throw new Error(`the schema let ${duration} through, which is no duration`);
  return length;
}
