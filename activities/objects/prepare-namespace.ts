import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { awaitNamespaceGone } from '../removal/namespace-end.ts';
import { applySystemNamespace } from './system-namespace.ts';

/**
 * Makes `prepareNamespace`: the system namespace with its network label and, in a remote, the names of the clusters whose istiod may
 * write into it.
 *
 * Idempotent: server-side apply of the same object; a second one changes nothing.
 * Heartbeats: every second while an older namespace of that name is being deleted, with what holds it; else no, two requests.
 * Fails with: FieldConflict when somebody else set another network, WaitTimedOut when the older one does not end, and what requests
 * fail with.
 */
export function createPrepareNamespace(
  ports: StepPorts,
): (input: StepInputs['prepareNamespace']) => Promise<StepOutcome> {
  return async ({ cluster: ref, namespace, network, controlPlaneClusters }) => {
    const cluster = await ports.clusters.open(ref);
    const older = await cluster.read({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    if (older?.metadata.deletionTimestamp !== undefined) {
      const since = ports.scope().scheduledAt;
      await awaitNamespaceGone(ports, cluster, { namespace, context: ref.context, since });
    }
    const changed = await applySystemNamespace(cluster, namespace, network, controlPlaneClusters);
    return { changed: changed ? 1 : 0, summary: `namespace ${namespace} in ${network}` };
  };
}
