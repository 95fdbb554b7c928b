import { CONTROL_PLANE_CLUSTERS_ANNOTATION, NETWORK_LABEL } from '../mesh/istio/istio-names.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { StepInputs } from '../mesh/plan/step-inputs.ts';
import type { StepPorts } from './ports/step-ports.ts';

/**
 * Makes `prepareNamespace`: the system namespace with its network label and, in a remote, the names of the clusters whose istiod may
 * write into it.
 *
 * Idempotent: server-side apply of the same object; a second one changes nothing.
 * Heartbeats: no; one request.
 * Fails with: FieldConflict when somebody else set another network, and what requests fail with.
 */
export function createPrepareNamespace(
  ports: StepPorts,
): (input: StepInputs['prepareNamespace']) => Promise<StepOutcome> {
  return async ({ cluster: ref, namespace, network, controlPlaneClusters }) => {
    const cluster = await ports.clusters.open(ref);
    const annotations =
      controlPlaneClusters.length === 0
        ? {}
        : { annotations: { [CONTROL_PLANE_CLUSTERS_ANNOTATION]: controlPlaneClusters.join(',') } };
    const { changed } = await cluster.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { [NETWORK_LABEL]: network }, ...annotations },
    });
    return { changed: changed ? 1 : 0, summary: `namespace ${namespace} in ${network}` };
  };
}
