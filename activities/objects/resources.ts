import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyComponent } from './apply-objects.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/**
 * Makes `applyResources`: the spec's own Istio resources, in the system namespace unless they name another.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `resources`.
 * Heartbeats: no; one request for each.
 * Fails with: FieldConflict, InvalidObject, and what requests fail with; a validating webhook that does not answer yet is ApiUnavailable.
 */
export function createApplyResources(
  ports: StepPorts,
): (input: StepInputs['applyResources']) => Promise<StepOutcome> {
  return async ({ cluster: ref, mesh, namespace, resources }) => {
    const cluster = await ports.clusters.open(ref);
    const objects = resources.map((object) => ({
      ...object,
      metadata: { namespace, ...object.metadata },
    }));
    return applyComponent(cluster, { mesh, namespace, name: 'resources' }, objects);
  };
}
