import { definitionObjects } from '../../mesh/istio/component-objects.ts';
import { refOf } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { appliedOutcome, applyWaves } from '../objects/apply-objects.ts';
import { withInventory } from '../planning/inventory.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { awaitDefinitions } from './served-definitions.ts';
import { renderPrimary, renderRemote } from '../objects/rendered-component.ts';

/**
 * Makes `applyDefinitions`: Istio's custom resource definitions; done when the API server serves every one of them.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `definitions`.
 * Heartbeats: every second while a definition is not established, with the reason that the API server gives.
 * Fails with: ToolMissing, ToolFailed, FieldConflict, InvalidObject, WaitTimedOut when somebody else has taken a name, and what requests
 * fail with.
 */
export function createApplyDefinitions(
  ports: StepPorts,
): (input: StepInputs['applyDefinitions']) => Promise<StepOutcome> {
  return async (input) => {
    const [cluster, rendered] = await Promise.all([
      ports.clusters.open(input.cluster),
      input.role === 'primary' ? renderPrimary(ports, input) : renderRemote(ports, input, null),
    ]);
    const component = { mesh: input.mesh, namespace: input.istio.namespace, name: 'definitions' };
    const definitions = definitionObjects(rendered);
    const { result: applied, pruned } = await withInventory(
      cluster,
      component,
      definitions.map(refOf),
      () => applyWaves(cluster, definitions),
    );
    const objects = applied.map(({ object }) => object);
    await awaitDefinitions(ports, cluster, input.cluster.context, objects);
    const changed = applied.filter((one) => one.changed).length;
    return appliedOutcome(definitions.length, changed, pruned);
  };
}
