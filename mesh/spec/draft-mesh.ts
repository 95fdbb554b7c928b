import type { JsonObject } from '../json.ts';
import type { SpecFault, SpecPath } from './spec-problem.ts';

/** One cluster as far as it can be read; what is missing or of the wrong type is absent, and the schema says so. */
export type DraftCluster = {
  /** `['spec', 'clusters', index]`. */
  path: SpecPath;
  /** As written. */
  name?: string;
  /** As written; the name stands in for it where it is absent. */
  context?: string;
  /** As written. */
  apiServer?: string;
  /** As written, whether such a network exists or not. */
  network?: string;
  /** Its role; the primary of a remote as written, whether there is such a cluster or not. */
  controlPlane?:
    | { kind: 'primary' }
    | { kind: 'remote'; primary: string; discovery?: string; injector?: string };
  /** As written, as far as it is a list. */
  gateways: unknown[];
  /** Overlay of the cluster; empty where it is absent or no map. */
  values: JsonObject;
  /** Overlay of the cluster; empty where it is absent or no map. */
  meshConfig: JsonObject;
};

/** A mesh file as far as it can be read, so that the rules hold even where other fields are wrong. */
export type DraftMesh = {
  /** The entries of the list that are maps. */
  clusters: DraftCluster[];
  /** As written. */
  topology?: string;
  /** As written. */
  nameResolution?: string;
  /** As written, as far as it is a list. */
  exports: unknown[];
  /** Names of the networks whose gateways are listed in meshNetworks. */
  listedNetworks: string[];
  /** Names of the networks; null when there is no readable map of them. */
  networks: string[] | null;
  /** As written. */
  trust: { source?: string; home?: string };
  /** What rules need to know of `istio`; overlays are empty where they are absent or no map. */
  istio: {
    namespace: string;
    revision?: string;
    hasHub: boolean;
    hasTag: boolean;
    values: JsonObject;
    meshConfig: JsonObject;
    resources: unknown[];
  };
};

/** Something several fields must agree on. */
export type SpecRule = {
  /** What holds, as a sentence. */
  fact: string;
  /** Finds where it does not hold. */
  faults: (mesh: DraftMesh) => SpecFault[];
};

/** Reads what can be read of a file's value; never throws. */
export function draftMesh(value: unknown): DraftMesh {
  const spec = mapOf(mapOf(value)['spec']);
  const istio = mapOf(spec['istio']);
  const trust = mapOf(spec['trust']);
  const networks = spec['networks'];
  return {
    clusters: listOf(spec['clusters']).map(draftCluster),
    ...field('topology', spec['topology']),
    ...field('nameResolution', spec['nameResolution']),
    exports: listOf(spec['exports']),
    listedNetworks: Object.entries(mapOf(networks)).flatMap(([name, network]) =>
      mapOf(network)['gateways'] === 'meshNetworks' ? [name] : [],
    ),
    networks: isMap(networks) ? Object.keys(networks) : null,
    trust: { ...field('source', trust['source']), ...field('home', trust['home']) },
    istio: {
      namespace: textOf(istio['namespace']) ?? 'istio-system',
      ...field('revision', istio['revision']),
      hasHub: textOf(istio['hub']) !== undefined,
      hasTag: textOf(istio['tag']) !== undefined,
      values: mapOf(istio['values']) as JsonObject,
      meshConfig: mapOf(istio['meshConfig']) as JsonObject,
      resources: listOf(istio['resources']),
    },
  };
}

function draftCluster(value: unknown, index: number): DraftCluster {
  const cluster = mapOf(value);
  const controlPlane = mapOf(cluster['controlPlane']);
  const remote = textOf(controlPlane['remote']);
  return {
    path: ['spec', 'clusters', index],
    ...field('name', cluster['name']),
    ...field('context', cluster['context']),
    ...field('apiServer', cluster['apiServer']),
    ...field('network', cluster['network']),
    ...(cluster['controlPlane'] === 'primary'
      ? { controlPlane: { kind: 'primary' as const } }
      : {}),
    ...(remote === undefined
      ? {}
      : {
          controlPlane: {
            kind: 'remote' as const,
            primary: remote,
            ...field('discovery', controlPlane['discovery']),
            ...field('injector', controlPlane['injector']),
          },
        }),
    gateways: listOf(cluster['gateways']),
    values: mapOf(cluster['values']) as JsonObject,
    meshConfig: mapOf(cluster['meshConfig']) as JsonObject,
  };
}

function field<K extends string>(key: K, value: unknown): { [key in K]?: string } {
  const text = textOf(value);
  return (text === undefined ? {} : { [key]: text }) as { [key in K]?: string };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapOf(value: unknown): { [key: string]: unknown } {
  return isMap(value) ? value : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
