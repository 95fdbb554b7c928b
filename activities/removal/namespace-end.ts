import { limitedWait } from '../attempt/limited-wait.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** How long a namespace may take to end, in milliseconds. */
const GONE_WITHIN_MS = 120_000;

/** Waits until a namespace is gone: a cluster that is taken back into a mesh at once must not find one that is going away. */
export async function awaitNamespaceGone(
  ports: StepPorts,
  cluster: Cluster,
  namespace: string,
): Promise<void> {
  const scope = ports.scope();
  const waitFor = {
    what: `end of namespace ${namespace} in ${cluster.name}`,
    cluster: cluster.name,
    limitMs: GONE_WITHIN_MS,
    since: scope.now(),
    cure: `see which finalizers hold it: kubectl get namespace ${namespace} -o yaml; then retry`,
  };
  const query = {
    apiVersion: 'v1',
    kind: 'Namespace',
    fieldSelector: `metadata.name=${namespace}`,
  };
  await limitedWait(scope, waitFor, (wait) =>
    wait.watch(cluster, query, (found) => (found.length === 0 ? true : undefined)),
  );
}
