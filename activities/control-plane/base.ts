import { baseObjects } from '../../mesh/istio/component-objects.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyComponent } from '../objects/apply-objects.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { renderPrimary, renderRemote } from '../objects/rendered-component.ts';

/**
 * Makes `applyBase`: reader account and reader role.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `base`.
 * Heartbeats: no; rendering and requests have their own limits.
 * Fails with: ToolMissing, ToolFailed, FieldConflict, InvalidObject, and what requests fail with.
 */
export function createApplyBase(
  ports: StepPorts,
): (input: StepInputs['applyBase']) => Promise<StepOutcome> {
  return async (input) => {
    const [cluster, rendered] = await Promise.all([
      ports.clusters.open(input.cluster),
      input.role === 'primary' ? renderPrimary(ports, input) : renderRemote(ports, input, null),
    ]);
    const component = { mesh: input.mesh, namespace: input.istio.namespace, name: 'base' };
    return applyComponent(cluster, component, baseObjects(rendered));
  };
}
