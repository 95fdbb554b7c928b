import { gatewayNames } from '../../mesh/istio/gateway-role.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { awaitServiceAddress } from './service-address.ts';

/**
 * Makes `awaitGatewayAddress`: waits until the LoadBalancer of the east-west or the ingress gateway has an address, IP or host name.
 *
 * Idempotent: it only reads; the limit counts from the step's first scheduling, whatever attempt runs.
 * Heartbeats: every second, with what is awaited, since when, and the Service's latest event.
 * Fails with: WaitTimedOut with the Service's latest events, and what requests fail with.
 */
export function createAwaitGatewayAddress(
  ports: StepPorts,
): (input: StepInputs['awaitGatewayAddress']) => Promise<StepOutcome> {
  return async ({ cluster, namespace, limitMs, role = null }) => {
    const { name } = gatewayNames(role);
    const addresses = await awaitServiceAddress(ports, { cluster, namespace, name, limitMs });
    const listed = addresses.join(', ');
    return role === null
      ? { changed: 0, summary: `gateway at ${listed}`, gatewayAddresses: addresses }
      : { changed: 0, summary: `${role} gateway at ${listed}`, ingressAddresses: addresses };
  };
}
