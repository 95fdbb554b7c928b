import { gatewayPart } from '../../mesh/istio/gateway-objects.ts';
import { gatewayOperator } from '../../mesh/istio/gateway-operator.ts';
import { gatewayComponent } from '../../mesh/istio/gateway-role.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyComponent } from '../objects/apply-objects.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { renderOperator } from '../objects/rendered-component.ts';

/**
 * Makes `applyGateway`: one part of a gateway, the east-west one or one at the edge. Its Service goes early, because a load balancer takes longest; its Deployment
 * only when the injector answers, or its pods are refused and tried again seconds later.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventories `gateway-service` and `gateway`, `ingress-gateway-service` and so on.
 * Heartbeats: no; rendering and requests have their own limits.
 * Fails with: ToolMissing, ToolFailed, FieldConflict, InvalidObject, and what requests fail with.
 */
export function createApplyGateway(
  ports: StepPorts,
): (input: StepInputs['applyGateway']) => Promise<StepOutcome> {
  return async (input) => {
    const [cluster, rendered] = await Promise.all([
      ports.clusters.open(input.cluster),
      renderOperator(ports, input.istio.version, gatewayOperator(input)),
    ]);
    const name = gatewayComponent(input.role ?? null, input.part);
    return applyComponent(
      cluster,
      { mesh: input.mesh, namespace: input.namespace, name },
      gatewayPart(rendered, input.part),
    );
  };
}
