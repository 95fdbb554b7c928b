import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import {
  awaitRegistry,
  registryStates,
  type RegistryLookup,
} from '../control-plane/istiod-registry.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/**
 * Makes `awaitMeshSync`: waits until a primary's istiod has read the clusters of the other control planes. Its own remotes have
 * `awaitClusterSync`, which asks for more.
 *
 * Idempotent: it only reads, and asks istiod inside its pods.
 * Heartbeats: every second, with the cluster that is behind.
 * Fails with: WaitTimedOut with what is behind, and what requests fail with.
 */
export function createAwaitMeshSync(
  ports: StepPorts,
): (input: StepInputs['awaitMeshSync']) => Promise<StepOutcome> {
  return async ({ primary: ref, clusters, namespace, revision, limitMs }) => {
    const primary = await ports.clusters.open(ref);
    const registry: RegistryLookup = { namespace, revision, clusters, wanted: 'synced' };
    const waitFor = {
      what: `istiod of ${primary.name} to read ${clusters.length === 1 ? (clusters[0] ?? '') : `${clusters.length} clusters`}`,
      cluster: primary.name,
      limitMs,
      cure: `see what istiod says: kubectl --context ${ref.context} -n ${namespace} logs -l app=istiod --tail=50; then retry`,
      explain: () => registryStates(primary, registry),
    };
    await limitedWait(ports.scope(), waitFor, (wait) => awaitRegistry(wait, primary, registry));
    return { changed: 0, summary: `${clusters.join(', ')} synced` };
  };
}
