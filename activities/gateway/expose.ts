import { exposeControlPlaneObjects } from '../../mesh/istio/expose-control-plane.ts';
import { exposeServicesObjects } from '../../mesh/istio/expose-services.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyComponent } from '../objects/apply-objects.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/**
 * Makes `exposeControlPlane`: Gateway and VirtualService that lead the primary's east-west gateway to istiod.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `expose-control-plane`.
 * Heartbeats: no; two requests.
 * Fails with: FieldConflict, InvalidObject, and what requests fail with; a validating webhook that does not answer yet is ApiUnavailable.
 */
export function createExposeControlPlane(
  ports: StepPorts,
): (input: StepInputs['exposeControlPlane']) => Promise<StepOutcome> {
  return async ({ cluster: ref, mesh, namespace, revision }) => {
    const cluster = await ports.clusters.open(ref);
    return applyComponent(
      cluster,
      { mesh, namespace, name: 'expose-control-plane' },
      exposeControlPlaneObjects(namespace, revision),
    );
  };
}

/**
 * Makes `exposeServices`: the Gateway through which other networks reach services.
 *
 * Idempotent: server-side apply of the same object, recorded in inventory `expose-services`.
 * Heartbeats: no; one request.
 * Fails with: FieldConflict, InvalidObject, and what requests fail with; a validating webhook that does not answer yet is ApiUnavailable.
 */
export function createExposeServices(
  ports: StepPorts,
): (input: StepInputs['exposeServices']) => Promise<StepOutcome> {
  return async ({ cluster: ref, mesh, namespace }) => {
    const cluster = await ports.clusters.open(ref);
    return applyComponent(
      cluster,
      { mesh, namespace, name: 'expose-services' },
      exposeServicesObjects(namespace),
    );
  };
}
