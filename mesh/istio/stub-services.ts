import type { JsonObject } from '../json.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import {
  INJECTION_LABEL,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MESH_LABEL,
  REVISION_LABEL,
  STUB_LABEL,
  STUB_OF_ANNOTATION,
} from './istio-names.ts';
import { VERIFY_RUN_LABEL } from './verify-objects.ts';

/** The Services of a cluster, and the namespaces they are in. */
export type ClusterServices = {
  /** Name of the cluster. */
  cluster: string;
  /** All its namespaces. */
  namespaces: KubernetesObject[];
  /** All its Services. */
  services: KubernetesObject[];
};

type Port = { name?: string; port: number; protocol?: string; appProtocol?: string };
type Service = KubernetesObject & {
  spec?: { type?: string; clusterIP?: string; selector?: JsonObject; ports?: Port[] };
};

/** Annotations that tell istiod how to treat a Service, e.g. `exportTo`: it merges Services of one name, so a stub has them too. */
const ISTIO_ANNOTATIONS = 'networking.istio.io/';

/** Whether an object is a stub Service of ours, or a namespace made for some. */
function isStub(object: KubernetesObject): boolean {
  return object.metadata.labels?.[STUB_LABEL] !== undefined;
}

/**
 * Whether somebody has made a stub a Service of their own: it selects pods, or another manager owns part of its `spec`, as after
 * `kubectl apply` of a real Service over the stub. Such a Service is its owner's.
 */
export function isTakenOver(object: KubernetesObject): boolean {
  if (object.kind !== 'Service' || !isStub(object)) return false;
  if (Object.keys((object as Service).spec?.selector ?? {}).length > 0) return true;
  return (object.metadata.managedFields ?? []).some(
    ({ manager, subresource, fieldsV1 }) =>
      manager?.startsWith(MANAGED_BY) !== true &&
      subresource === undefined &&
      Object.hasOwn((fieldsV1 ?? {}) as object, 'f:spec'),
  );
}

/** What remains of a stub that somebody has taken over: its ports, which the new owner may not have written down as their own. */
export function handedOver(service: KubernetesObject): KubernetesObject {
  const { name, namespace } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { ports: portsOf(service) },
  };
}

/** Whether the Services of a namespace are offered to other clusters: their pods take part in the mesh, and it is nobody's machinery. */
function isOffered({ metadata }: KubernetesObject, systemNamespace: string): boolean {
  const { name, labels = {}, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined || labels[VERIFY_RUN_LABEL] !== undefined) return false;
  if (name === systemNamespace || name.startsWith('kube-')) return false;
  const injection = labels[INJECTION_LABEL];
  return injection === undefined ? labels[REVISION_LABEL] !== undefined : injection === 'enabled';
}

/**
 * Whether a stub can stand in for a Service. One without an address of its own cannot: a headless one is answered with addresses of pods,
 * which a stub has none of, and an ExternalName is no more than an alias.
 */
function canBeStubbed(service: KubernetesObject): boolean {
  const { type, clusterIP, ports = [] } = (service as Service).spec ?? {};
  return (
    type !== 'ExternalName' &&
    clusterIP !== 'None' &&
    ports.length > 0 &&
    service.metadata.deletionTimestamp === undefined
  );
}

function isReal(service: KubernetesObject): boolean {
  return !isStub(service) || isTakenOver(service);
}

function portsOf(service: KubernetesObject): Port[] {
  return ((service as Service).spec?.ports ?? []).map(
    ({ name, port, protocol = 'TCP', appProtocol }) => ({
      // Endpoints of all clusters are told apart by the names of their ports.
      ...(name === undefined ? {} : { name }),
      port,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    }),
  );
}

function labels(mesh: string): { [label: string]: string } {
  return { [MANAGED_BY_LABEL]: MANAGED_BY, [MESH_LABEL]: mesh, [STUB_LABEL]: 'true' };
}

function stubOf(mesh: string, cluster: string, service: KubernetesObject): KubernetesObject {
  const { name, namespace = '', annotations = {} } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace,
      labels: labels(mesh),
      annotations: {
        ...Object.fromEntries(
          Object.entries(annotations).filter(([key]) => key.startsWith(ISTIO_ANNOTATIONS)),
        ),
        [STUB_OF_ANNOTATION]: cluster,
      },
    },
    spec: { ports: portsOf(service) },
  };
}

/** `namespace/name` of an object. */
export function namespacedName({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Where stubs are made, and what marks them. */
export type StubContext = {
  /** Mesh name. */
  mesh: string;
  /** System namespace, whose Services are nobody else's. */
  systemNamespace: string;
};

/**
 * The stub Services a cluster needs, after the namespaces that have to be made for them: one for every Service that other clusters offer
 * and this one does not have. Of several clusters with that Service the first says how the stub looks.
 */
export function wantedStubs(
  { mesh, systemNamespace }: StubContext,
  target: ClusterServices,
  others: readonly ClusterServices[],
): KubernetesObject[] {
  const own = new Set(target.services.filter(isReal).map(namespacedName));
  const places = new Map(
    target.namespaces.map((namespace) => [namespace.metadata.name, namespace]),
  );
  const stubs = new Map<string, KubernetesObject>();
  for (const { cluster, namespaces, services } of others) {
    const offered = new Set(
      namespaces
        .filter((namespace) => isOffered(namespace, systemNamespace))
        .map(({ metadata }) => metadata.name),
    );
    for (const service of services) {
      const { namespace = '' } = service.metadata;
      const key = namespacedName(service);
      if (!offered.has(namespace) || !isReal(service) || !canBeStubbed(service)) continue;
      if (own.has(key) || stubs.has(key)) continue;
      // Nothing can be made in a namespace on its way out; the next look finds it gone.
      if (places.get(namespace)?.metadata.deletionTimestamp !== undefined) continue;
      stubs.set(key, stubOf(mesh, cluster, service));
    }
  }
  const needed = new Set([...stubs.values()].map(({ metadata }) => metadata.namespace ?? ''));
  const made = [...needed].filter((name) => {
    const place = places.get(name);
    return place === undefined || isStub(place);
  });
  return [
    ...made.sort().map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: labels(mesh) },
    })),
    ...[...stubs.values()].sort((a, b) => (namespacedName(a) < namespacedName(b) ? -1 : 1)),
  ];
}
