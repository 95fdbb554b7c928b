import {
  discoveryServiceName,
  discoveryServiceObject,
} from '../../mesh/istio/discovery-service.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyComponent } from '../objects/apply-objects.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { awaitServiceAddress } from '../gateway/service-address.ts';

/**
 * Makes `applyDiscoveryService`: a LoadBalancer that leads remotes to the primary's istiod and nothing else.
 *
 * Idempotent: server-side apply of the same object, recorded in inventory `discovery-service`.
 * Heartbeats: no; one request.
 * Fails with: FieldConflict, InvalidObject, and what requests fail with.
 */
export function createApplyDiscoveryService(
  ports: StepPorts,
): (input: StepInputs['applyDiscoveryService']) => Promise<StepOutcome> {
  return async ({ cluster: ref, mesh, namespace, revision }) => {
    const cluster = await ports.clusters.open(ref);
    return applyComponent(cluster, { mesh, namespace, name: 'discovery-service' }, [
      discoveryServiceObject(namespace, revision),
    ]);
  };
}

/**
 * Makes `awaitDiscoveryAddress`: waits until that LoadBalancer has an address, IP or host name.
 *
 * Idempotent: it only reads; the limit counts from the step's first scheduling, whatever attempt runs.
 * Heartbeats: every second, with what is awaited, since when, and the Service's latest event.
 * Fails with: WaitTimedOut with the Service's latest events, and what requests fail with.
 */
export function createAwaitDiscoveryAddress(
  ports: StepPorts,
): (input: StepInputs['awaitDiscoveryAddress']) => Promise<StepOutcome> {
  return async ({ revision, ...input }) => {
    const name = discoveryServiceName(revision);
    const addresses = await awaitServiceAddress(ports, { ...input, name });
    return { changed: 0, summary: `istiod at ${addresses.join(', ')}` };
  };
}
