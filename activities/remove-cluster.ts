import { isMeshFailure, MeshFailure } from '../mesh/failure.ts';
import { componentOfInventory } from '../mesh/istio/inventory-object.ts';
import {
  CACERTS_SECRET,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MESH_LABEL,
  READER_TOKEN_SECRET,
} from '../mesh/istio/istio-names.ts';
import { electionLeftovers, NAMESPACE_LEFTOVERS } from '../mesh/istio/istiod-leftovers.ts';
import { MESH_RECORD } from '../mesh/istio/mesh-record.ts';
import { VERIFIED_CONFIG_MAP } from '../mesh/istio/verified-record.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { StepInputs } from '../mesh/plan/step-inputs.ts';
import { boundedParallel } from './bounded-parallel.ts';
import { ROOT_CA_SECRET } from './ca-secret.ts';
import { readClusterUid } from './cluster-uid.ts';
import { limitedWait } from './limited-wait.ts';
import type { Cluster } from './ports/cluster.ts';
import type { StepPorts } from './ports/step-ports.ts';
import { removeOurs } from './our-objects.ts';
import { removeInventories } from './remove-objects.ts';
import { releaseSystemNamespace } from './system-namespace.ts';

type Input = StepInputs['removeCluster'];

/** How long istiod and gateways may take to end; thirty seconds are their own grace period. */
const ENDED_WITHIN_MS = 120_000;

/** A cluster that leaves is often gone already, and its context with it. */
async function openLeaver(ports: StepPorts, input: Input): Promise<Cluster> {
  try {
    return await ports.clusters.open(input.cluster);
  } catch (error) {
    if (!isMeshFailure(error) || error.type !== 'UnknownCluster') throw error;
    throw new MeshFailure('UnknownCluster', error.message, {
      ...error.details,
      cure: `give the worker's kubeconfig context ${input.cluster.context} again, then retry; if the cluster is gone for good, cancel this install (temporal workflow cancel --workflow-id mesh-${input.mesh}) and install with --forget ${input.cluster.name}`,
    });
  }
}

/** Pods that still carry a sidecar; they are the user's to restart. */
async function sidecarsIn(cluster: Cluster): Promise<number> {
  const labelSelector = 'service.istio.io/canonical-name,security.istio.io/tlsMode=istio';
  return (await cluster.list({ apiVersion: 'v1', kind: 'Pod', labelSelector })).length;
}

/** A context may lead elsewhere by now, and the only key of the mesh's root must not be lost. */
async function refuseWrongCluster(cluster: Cluster, input: Input): Promise<void> {
  const { namespace, mesh } = input;
  if ((await readClusterUid(cluster)) !== input.uid) {
    throw new MeshFailure(
      'PrecheckFailed',
      `context ${input.cluster.context} leads to another cluster than the ${cluster.name} that mesh ${mesh} had`,
      {
        cluster: cluster.name,
        cure: `let context ${input.cluster.context} lead to it again, then retry`,
      },
    );
  }
  const object = `Secret ${namespace}/${ROOT_CA_SECRET}`;
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: ROOT_CA_SECRET };
  if ((await cluster.read(ref)) === null) return;
  throw new MeshFailure(
    'PrecheckFailed',
    `${object} of ${cluster.name} is the key of the root of mesh ${mesh}, which must not be lost with the cluster`,
    {
      cluster: cluster.name,
      object,
      cure: 'copy it to another cluster, name that one as trust.home, delete it here, then retry',
    },
  );
}

/** istiod writes again what is taken from under it, so its pods must be gone first, and the gateways' with them. */
async function awaitPodsGone(ports: StepPorts, cluster: Cluster, namespace: string): Promise<void> {
  const scope = ports.scope();
  const waitFor = {
    what: `end of Istio's pods in ${cluster.name}`,
    cluster: cluster.name,
    limitMs: ENDED_WITHIN_MS,
    since: scope.now(),
    cure: `see what holds them: kubectl -n ${namespace} get pods; then retry`,
  };
  await limitedWait(scope, waitFor, (wait) =>
    boundedParallel(['app=istiod', 'istio=eastwestgateway'], (labelSelector) =>
      wait.watch(cluster, { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, (pods) => {
        if (pods.length === 0) return true;
        wait.reason(`${pods.length} pods still end`);
        return undefined;
      }),
    ),
  );
}

/** A cluster that is taken back into the file at once must not find a namespace that is going away. */
async function awaitNamespaceGone(
  ports: StepPorts,
  cluster: Cluster,
  namespace: string,
): Promise<void> {
  const scope = ports.scope();
  const waitFor = {
    what: `end of namespace ${namespace} in ${cluster.name}`,
    cluster: cluster.name,
    limitMs: ENDED_WITHIN_MS,
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

/** What istiod and meshwright left beside the inventories; only our own `cacerts` are taken, never somebody's. */
async function removeLeftovers(cluster: Cluster, namespace: string): Promise<number> {
  const configMaps = await boundedParallel([...NAMESPACE_LEFTOVERS], (name) =>
    cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', fieldSelector: `metadata.name=${name}` }),
  );
  const left = [
    ...configMaps.flat().map(({ metadata }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: metadata.namespace ?? namespace,
      name: metadata.name,
    })),
    ...electionLeftovers(namespace),
  ];
  const ours = [
    { apiVersion: 'v1', kind: 'Secret', namespace, name: CACERTS_SECRET },
    { apiVersion: 'v1', kind: 'Secret', namespace, name: READER_TOKEN_SECRET },
    { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: VERIFIED_CONFIG_MAP },
    { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: MESH_RECORD },
  ];
  const removed = [
    ...(await boundedParallel(left, (ref) => cluster.remove(ref))),
    ...(await boundedParallel(ours, (ref) => removeOurs(cluster, ref))),
  ];
  return removed.filter(Boolean).length;
}

/**
 * Makes `removeCluster`: takes everything of the mesh out of a cluster that has left the file: what the inventories list, what istiod left
 * behind, and the system namespace if it was made for the mesh and is empty then.
 *
 * Idempotent: what is gone already is no error; inventories go after their objects, so an attempt after a dead one finds what is left.
 * Heartbeats: every second, with the pods that still end.
 * Fails with: PrecheckFailed when the context leads to another cluster or the root's key is kept there, UnknownCluster, WaitTimedOut, and
 * what requests fail with.
 */
export function createRemoveCluster(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const { mesh, namespace } = input;
    const cluster = await openLeaver(ports, input);
    await refuseWrongCluster(cluster, input);
    const configMaps = await cluster.list({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY},${MESH_LABEL}=${mesh}`,
    });
    const inventories = configMaps.filter((object) => componentOfInventory(object) !== null);
    const { removed, kept } = await removeInventories(cluster, namespace, inventories);
    await awaitPodsGone(ports, cluster, namespace);
    const left = await removeLeftovers(cluster, namespace);
    const { removed: gone, summary } = await releaseSystemNamespace(cluster, namespace);
    if (gone) await awaitNamespaceGone(ports, cluster, namespace);
    const sidecars = await sidecarsIn(cluster);
    return {
      changed: removed + left,
      summary: [
        `${removed + left} objects removed`,
        ...(kept === 0 ? [] : [`${kept} definitions kept, their kinds are in use`]),
        summary,
        ...(sidecars === 0 ? [] : [`${sidecars} pods still carry a sidecar: restart them`]),
      ].join(', '),
    };
  };
}
