import { loadBalancerAddresses } from '../../mesh/istio/gateway-address.ts';
import { isMeshFailure } from '../../mesh/failure.ts';
import type { ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';
import { isGone } from '../attempt/deleted-meanwhile.ts';
import { type LimitedWait, limitedWait } from '../attempt/limited-wait.ts';
import { eventLines } from '../objects/object-events.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** How often the Service's events are read while its address is awaited. */
const EVENTS_EVERY_MS = 10_000;

/** A LoadBalancer Service whose address is awaited. */
export type AwaitedService = {
  /** Cluster it is in. */
  cluster: ClusterRef;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** Limit in milliseconds, from the step's first scheduling. */
  limitMs: number;
};

function refOf({ namespace, name }: AwaitedService): ObjectRef & { namespace: string } {
  return { apiVersion: 'v1', kind: 'Service', namespace, name };
}

/** Events of the Service, or what their absence means. */
async function readEvents(cluster: Cluster, service: AwaitedService): Promise<string[]> {
  const ref = refOf(service);
  const lines = await eventLines(cluster, ref);
  if (lines.length > 0) return lines;
  if (await isGone(cluster, ref)) return ['the Service does not exist'];
  return [
    `no controller of ${cluster.name} says anything about it; does one serve Services of type LoadBalancer there?`,
  ];
}

/** Keeps the wait's reason at what the load balancer's controller last said of the Service, until the wait is over. */
async function followEvents(wait: LimitedWait, read: () => Promise<string[]>): Promise<never> {
  for (;;) {
    await wait.sleep(EVENTS_EVERY_MS);
    try {
      wait.reason((await read())[0] ?? null);
    } catch (error) {
      // Events only explain; the watch itself tells whether the cluster can be reached.
      if (!isMeshFailure(error)) throw error;
    }
  }
}

function awaitAddresses(
  wait: LimitedWait,
  cluster: Cluster,
  { namespace, name }: AwaitedService,
): Promise<string[]> {
  const query = {
    apiVersion: 'v1',
    kind: 'Service',
    namespace,
    fieldSelector: `metadata.name=${name}`,
  };
  return wait.watch(cluster, query, ([service]) => {
    const addresses = loadBalancerAddresses(service ?? null);
    return addresses.length > 0 ? addresses : undefined;
  });
}

/**
 * Waits until a LoadBalancer Service has an address, IP or host name, with the Service's latest event as reason meanwhile.
 * @throws MeshFailure WaitTimedOut with the Service's latest events, DeletedMeanwhile when it is gone; what requests fail with
 */
export async function awaitServiceAddress(
  ports: StepPorts,
  service: AwaitedService,
): Promise<string[]> {
  const { namespace, name, limitMs } = service;
  const cluster = await ports.clusters.open(service.cluster);
  const events = (): Promise<string[]> => readEvents(cluster, service);
  const waitFor = {
    what: `address of Service ${namespace}/${name}`,
    cluster: cluster.name,
    limitMs,
    cure: `see why its LoadBalancer gets none: kubectl --context ${service.cluster.context} -n ${namespace} describe service ${name}; then retry`,
    made: { cluster, ref: refOf(service) },
    explain: events,
  };
  return limitedWait(ports.scope(), waitFor, (wait) =>
    Promise.race([awaitAddresses(wait, cluster, service), followEvents(wait, events)]),
  );
}
