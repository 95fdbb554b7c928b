import { inventoryRefs } from '../../mesh/istio/inventory-object.ts';
import { STUB_COMPONENT } from '../../mesh/istio/istio-names.ts';
import {
  type ClusterServices,
  namespacedName,
  wantedStubs,
} from '../../mesh/istio/stub-services.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';
import type { StubServicesTarget } from '../../mesh/sync/followed-target.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { inventoryRef } from '../planning/inventory.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { readServices, reconcileStubServices } from '../exports/stub-services.ts';
import { rest } from '../attempt/pause.ts';
import type { FollowedKind, Source, WritableReading } from './followed-kind.ts';

/** So long a read waits for others who want the same, in milliseconds. */
const JOIN_MS = 50;
/** Reads that have not begun, by the attempt they belong to: each ends with its own. */
const JOINED = new WeakMap<AbortSignal, Map<string, Promise<ClusterServices>>>();

/** Stub Services of one cluster for those that exist in other clusters only. */
export const followedStubServices: FollowedKind<'stubServices'> = {
  sources: ({ clusters }): Source[] =>
    clusters.map((cluster) => ({ cluster, query: { apiVersion: 'v1', kind: 'Service' } })),
  read: readStubs,
};

/** Without one of the clusters nobody knows which stubs are needed, so that a failure to read it is one of the target. */
async function readStubs(
  ports: StepPorts,
  target: StubServicesTarget,
  reads: 'shared' | 'own',
): Promise<WritableReading> {
  const { mesh, namespace } = target;
  const cluster = await ports.clusters.open(target.cluster);
  const component = { mesh, namespace, name: STUB_COMPONENT };
  const inventory = await cluster.read(inventoryRef(component));
  const all = await boundedParallel(target.clusters, (ref) =>
    reads === 'shared' ? sharedServices(ports, ref) : servicesOf(ports, ref),
  );
  const own = all.find((services) => services.cluster === cluster.name);
  if (own === undefined) throw new Error(`${cluster.name} is not among the clusters of its mesh`);
  const others = all.filter((services) => services !== own);
  const recorded = new Set(
    inventoryRefs(inventory).map(
      ({ kind, ...ref }) => `${kind} ${ref.namespace ?? ''}/${ref.name}`,
    ),
  );
  const present = own.services.filter((service) =>
    recorded.has(`Service ${namespacedName(service)}`),
  );
  const wanted = wantedStubs({ mesh, systemNamespace: namespace }, own, others);
  return {
    live: inventory === null ? null : linesOf(present),
    wanted: linesOf(wanted.filter(({ kind }) => kind === 'Service')),
    vanished: null,
    write: async () => void (await reconcileStubServices(cluster, all, { mesh, namespace })),
  };
}

async function servicesOf(ports: StepPorts, ref: ClusterRef): Promise<ClusterServices> {
  return readServices(await ports.clusters.open(ref));
}

/**
 * Reads the Services of a cluster once for all who ask within a moment: a change anywhere has every cluster's stubs looked at, and each look needs the
 * Services of all. It begins after the last of them has asked, so nobody gets what was read before the change.
 */
function sharedServices(ports: StepPorts, ref: ClusterRef): Promise<ClusterServices> {
  const { signal } = ports.scope();
  const ofAttempt = JOINED.get(signal) ?? new Map<string, Promise<ClusterServices>>();
  JOINED.set(signal, ofAttempt);
  const joined = ofAttempt.get(ref.name);
  if (joined !== undefined) return joined;
  const read = rest(JOIN_MS, signal).then(() => {
    ofAttempt.delete(ref.name);
    return servicesOf(ports, ref);
  });
  ofAttempt.set(ref.name, read);
  return read;
}

/** One line a Service, e.g. `sample/helloworld http:5000`, sorted. */
function linesOf(services: readonly KubernetesObject[]): string[] {
  return services.map((service) => `${namespacedName(service)} ${portsText(service)}`).sort();
}

function portsText(service: KubernetesObject): string {
  const ports = (service as { spec?: { ports?: { name?: string; port: number }[] } }).spec?.ports;
  return (ports ?? [])
    .map(({ name, port }) => (name === undefined ? String(port) : `${name}:${port}`))
    .join(',');
}
