import type { JsonObject } from '../json.ts';
import type { DraftMesh, SpecRule } from './draft-mesh.ts';
import type { SpecFault, SpecPath } from './spec-problem.ts';

/** A field of Istio's that the mesh file decides already, and what to write instead. */
type ReservedField = { path: string[]; because: string; cure: string };

const FROM_CONTROL_PLANE = {
  because: 'follows from controlPlane',
  cure: 'remove it; clusters[].controlPlane says who is served by whom',
};

/** Helm values that would contradict the file; a prefix reserves everything below it. */
const RESERVED_VALUES: readonly ReservedField[] = [
  { path: ['global', 'meshID'], because: 'is spec.meshID', cure: 'use spec.meshID' },
  {
    path: ['global', 'network'],
    because: 'is the network of the cluster',
    cure: 'use clusters[].network',
  },
  {
    path: ['global', 'multiCluster', 'clusterName'],
    because: 'is the name of the cluster',
    cure: 'use clusters[].name',
  },
  {
    path: ['global', 'meshNetworks'],
    because: 'is made from networks',
    cure: 'use networks: {NAME: {gateways: meshNetworks}}',
  },
  {
    path: ['global', 'istioNamespace'],
    because: 'is the system namespace',
    cure: 'use istio.namespace',
  },
  { path: ['global', 'externalIstiod'], ...FROM_CONTROL_PLANE },
  { path: ['global', 'configCluster'], ...FROM_CONTROL_PLANE },
  { path: ['global', 'remotePilotAddress'], ...FROM_CONTROL_PLANE },
  { path: ['global', 'omitSidecarInjectorConfigMap'], ...FROM_CONTROL_PLANE },
  { path: ['istiodRemote'], ...FROM_CONTROL_PLANE },
  { path: ['pilot', 'enabled'], ...FROM_CONTROL_PLANE },
  { path: ['pilot', 'env', 'EXTERNAL_ISTIOD'], ...FROM_CONTROL_PLANE },
  {
    path: ['pilot', 'env', 'CLUSTER_ID'],
    because: 'is the name of the cluster',
    cure: 'use clusters[].name',
  },
  { path: ['profile'], ...FROM_CONTROL_PLANE },
  { path: ['revision'], because: 'is the revision of the mesh', cure: 'use istio.revision' },
  { path: ['defaultRevision'], because: 'follows from istio.revision', cure: 'use istio.revision' },
  {
    path: ['meshConfig'],
    because: 'is the mesh configuration',
    cure: 'use meshConfig beside values',
  },
];

/** Images: decided by fields for the whole mesh, which a cluster may override only where those fields are not used. */
const RESERVED_IMAGES: readonly ReservedField[] = [
  { path: ['global', 'hub'], because: 'is the image registry', cure: 'use istio.hub' },
  { path: ['global', 'tag'], because: 'is the image tag', cure: 'use istio.tag' },
];

/** Mesh configuration that would contradict the file. */
const RESERVED_MESH_CONFIG: readonly ReservedField[] = [
  { path: ['trustDomain'], because: 'is spec.trustDomain', cure: 'use spec.trustDomain' },
  { path: ['rootNamespace'], because: 'is the system namespace', cure: 'use istio.namespace' },
  { path: ['defaultConfig', 'meshId'], because: 'is spec.meshID', cure: 'use spec.meshID' },
  { path: ['defaultConfig', 'discoveryAddress'], ...FROM_CONTROL_PLANE },
  {
    path: ['defaultConfig', 'proxyMetadata', 'ISTIO_META_DNS_CAPTURE'],
    because: 'follows from nameResolution',
    cure: 'use spec.nameResolution: dnsCapture',
  },
];

/** What overlays may not set: each fact of a mesh is written in one place. */
export const OVERLAY_RULES: readonly SpecRule[] = [
  {
    fact: 'no overlay sets what a field of the file decides',
    faults: (mesh) => [
      ...reserved(
        mesh.istio.values,
        ['spec', 'istio', 'values'],
        [...RESERVED_VALUES, ...RESERVED_IMAGES],
      ),
      ...reserved(mesh.istio.meshConfig, ['spec', 'istio', 'meshConfig'], RESERVED_MESH_CONFIG),
      ...mesh.clusters.flatMap((cluster) => [
        ...reserved(
          cluster.values,
          [...cluster.path, 'values'],
          [...RESERVED_VALUES, ...reservedImages(mesh)],
        ),
        ...reserved(cluster.meshConfig, [...cluster.path, 'meshConfig'], RESERVED_MESH_CONFIG),
      ]),
    ],
  },
];

function reservedImages(mesh: DraftMesh): ReservedField[] {
  const set = { hub: mesh.istio.hasHub, tag: mesh.istio.hasTag };
  return (['hub', 'tag'] as const)
    .filter((name) => set[name])
    .map((name) => ({
      path: ['global', name],
      because: `loses against istio.${name}`,
      cure: `remove istio.${name} and set it in the values of every cluster, or remove it here`,
    }));
}

function reserved(
  overlay: JsonObject,
  base: SpecPath,
  fields: readonly ReservedField[],
): SpecFault[] {
  return fields
    .filter((field) => isSet(overlay, field.path))
    .map(({ path, because, cure }) => ({
      path: [...base, ...path],
      at: 'key',
      message: `cannot be set here: it ${because}`,
      cure,
    }));
}

function isSet(overlay: JsonObject, path: readonly string[]): boolean {
  let found: unknown = overlay;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return false;
    found = (found as JsonObject)[part];
  }
  return true;
}
