import { loadBalancerAddresses } from '../mesh/istio/gateway-address.ts';
import { EAST_WEST_GATEWAY } from '../mesh/istio/istio-names.ts';
import { isMeshFailure } from '../mesh/failure.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { StepInputs } from '../mesh/plan/step-inputs.ts';
import { type LimitedWait, limitedWait } from './limited-wait.ts';
import { eventLines } from './object-events.ts';
import type { Cluster } from './ports/cluster.ts';
import type { StepPorts } from './ports/step-ports.ts';

/** How often the Service's events are read while its address is awaited. */
const EVENTS_EVERY_MS = 10_000;

/** Events of the Service, or what their absence means. */
async function readEvents(cluster: Cluster, namespace: string): Promise<string[]> {
  const lines = await eventLines(cluster, {
    apiVersion: 'v1',
    kind: 'Service',
    namespace,
    name: EAST_WEST_GATEWAY,
  });
  if (lines.length > 0) return lines;
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

function awaitAddresses(wait: LimitedWait, cluster: Cluster, namespace: string): Promise<string[]> {
  const query = {
    apiVersion: 'v1',
    kind: 'Service',
    namespace,
    fieldSelector: `metadata.name=${EAST_WEST_GATEWAY}`,
  };
  return wait.watch(cluster, query, ([service]) => {
    const addresses = loadBalancerAddresses(service ?? null);
    return addresses.length > 0 ? addresses : undefined;
  });
}

/**
 * Makes `awaitGatewayAddress`: waits until the LoadBalancer of the east-west gateway has an address, IP or host name.
 *
 * Idempotent: it only reads; the limit counts from the step's first scheduling, whatever attempt runs.
 * Heartbeats: every second, with what is awaited, since when, and the Service's latest event.
 * Fails with: WaitTimedOut with the Service's latest events, and what requests fail with.
 */
export function createAwaitGatewayAddress(
  ports: StepPorts,
): (input: StepInputs['awaitGatewayAddress']) => Promise<StepOutcome> {
  return async ({ cluster: ref, namespace, limitMs }) => {
    const cluster = await ports.clusters.open(ref);
    const events = (): Promise<string[]> => readEvents(cluster, namespace);
    const waitFor = {
      what: `address of Service ${namespace}/${EAST_WEST_GATEWAY}`,
      cluster: cluster.name,
      limitMs,
      cure: `see why its LoadBalancer gets none: kubectl --context ${ref.context} -n ${namespace} describe service ${EAST_WEST_GATEWAY}; then retry`,
      explain: events,
    };
    const addresses = await limitedWait(ports.scope(), waitFor, (wait) =>
      Promise.race([awaitAddresses(wait, cluster, namespace), followEvents(wait, events)]),
    );
    return {
      changed: 0,
      summary: `gateway at ${addresses.join(', ')}`,
      gatewayAddresses: addresses,
    };
  };
}
