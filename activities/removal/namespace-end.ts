import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** How long a namespace may take to end, in milliseconds. */
const GONE_WITHIN_MS = 120_000;

type Namespace = KubernetesObject & {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
};

/** What holds a namespace that is being deleted: what Kubernetes says of it, and finalizers of its own. */
function holdersOf({ metadata, status }: Namespace): string[] {
  const said = (status?.conditions ?? [])
    .filter((condition) => condition.status === 'True')
    .map(({ type, message }) => message ?? type);
  const finalizers = metadata.finalizers ?? [];
  return [...said, ...finalizers.map((name) => `finalizer ${name} of the namespace itself`)];
}

/**
 * Waits until a namespace is gone: a cluster that is taken back into a mesh at once must not find one that is going away.
 * @throws {MeshFailure} WaitTimedOut two minutes after `since` (ISO-8601), with what holds it
 */
export async function awaitNamespaceGone(
  ports: StepPorts,
  cluster: Cluster,
  { namespace, context, since }: { namespace: string; context: string; since: string },
): Promise<void> {
  let holders: string[] = [];
  const waitFor = {
    what: `end of namespace ${namespace} in ${cluster.name}`,
    cluster: cluster.name,
    limitMs: GONE_WITHIN_MS,
    since,
    cure: `see what holds it: kubectl --context ${context} get namespace ${namespace} -o yaml; remove what has the finalizers named here, or take them off, then retry`,
    explain: () => Promise.resolve(holders),
  };
  const query = {
    apiVersion: 'v1',
    kind: 'Namespace',
    fieldSelector: `metadata.name=${namespace}`,
  };
  await limitedWait(ports.scope(), waitFor, (wait) =>
    wait.watch(cluster, query, ([found]) => {
      if (found?.metadata.deletionTimestamp === undefined) return true;
      holders = holdersOf(found);
      wait.reason(holders[0] ?? 'Kubernetes is removing what is in it');
      return undefined;
    }),
  );
}
