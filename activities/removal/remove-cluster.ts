import { isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import { gatewayNames } from '../../mesh/istio/gateway-role.ts';
import { MESH_RECORD, readMeshRecord } from '../../mesh/istio/mesh-record.ts';
import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { ROOT_CA_SECRET } from '../trust/ca-secret.ts';
import { removeLeftovers } from './cluster-leftovers.ts';
import { readClusterUid } from '../planning/cluster-uid.ts';
import { removeOrLeave } from './leave-behind.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import { readMeshTraces } from './mesh-traces.ts';
import { awaitNamespaceGone } from './namespace-end.ts';
import { removeOurs } from '../objects/our-objects.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { ourDefinitions, removeDefinitions } from './remove-definitions.ts';
import { removeInventories } from './remove-objects.ts';
import { podsWithSidecar } from '../control-plane/sidecars.ts';
import { releaseSystemNamespace } from '../objects/system-namespace.ts';

type Input = StepInputs['removeCluster'];

/** How long istiod and gateways may take to end; thirty seconds are their own grace period. */
const ENDED_WITHIN_MS = 120_000;
/** Label selectors of Istio's pods in the system namespace. */
const PODS = [
  'app=istiod',
  ...([null, 'ingress', 'egress'] as const).map((role) => gatewayNames(role).selector),
];
/** Most lines that an outcome holds. */
const LINES = 10;

/** A cluster that leaves is often gone already, and its context with it. */
async function openLeaver(ports: StepPorts, input: Input): Promise<Cluster> {
  try {
    return await ports.clusters.open(input.cluster);
  } catch (error) {
    if (!isMeshFailure(error) || error.type !== 'UnknownCluster') throw error;
    throw new MeshFailure('UnknownCluster', error.message, {
      ...error.details,
      cure: `give the worker's kubeconfig context ${input.cluster.context} again, then retry; if the cluster is gone for good, cancel this operation (meshwright cancel ${input.mesh} --reason "…") and ask for it again with --forget ${input.cluster.name}`,
    });
  }
}

/** A context may lead elsewhere by now, and the only key of the mesh's root must not be lost. */
async function refuseWrongCluster(
  cluster: Cluster,
  input: Input,
  record: KubernetesObject | null,
): Promise<void> {
  const { namespace, mesh, keepRoot = false } = input;
  if (!isMeant(input, await readClusterUid(cluster), record)) {
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
  if (keepRoot || (await cluster.read(ref)) === null) return;
  throw new MeshFailure(
    'PrecheckFailed',
    `${object} of ${cluster.name} is the key of the root of mesh ${mesh}, which must not be lost with the cluster`,
    {
      cluster: cluster.name,
      object,
      cure: `copy it to the cluster that trust.home names: ${copyCommand(input, ref)}; delete it here, then retry`,
    },
  );
}

/** As meshwright’s own, for an uninstall leaves what somebody else has made, and would leave the key. */
function copyCommand({ cluster }: Input, { namespace, name }: ObjectRef): string {
  const made =
    '.metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp, .metadata.managedFields';
  return `kubectl --context ${cluster.context} -n ${namespace ?? ''} get secret ${name} -o json | jq 'del(${made})' | kubectl --context CONTEXT create --field-manager=meshwright -f -`;
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
    boundedParallel(PODS, (labelSelector) =>
      wait.watch(cluster, { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, (pods) => {
        if (pods.length === 0) return true;
        wait.reason(`${pods.length} pods still end`);
        return undefined;
      }),
    ),
  );
}

/** Whether a cluster is the one that is meant. One that nobody else could tell of says itself which member it is. */
function isMeant(input: Input, uid: string, record: KubernetesObject | null): boolean {
  if (input.uid !== null) return input.uid === uid;
  const itself = readMeshRecord(record)?.members.find(({ name }) => name === input.cluster.name);
  return itself === undefined || itself.uid === uid;
}

/** What people should know of what stays in the cluster, one line each. */
function linesOf(remains: readonly string[]): string[] {
  return remains.length <= LINES
    ? [...remains]
    : [...remains.slice(0, LINES - 1), `and ${remains.length - LINES + 1} more`];
}

/** Removes Istio's definitions where that is asked for, and says why those stay that do. */
async function handleDefinitions(
  cluster: Cluster,
  asked: Input['definitions'],
): Promise<{ removed: number; kept: number; remains: string[] }> {
  if (asked !== 'none') {
    const { removed, kept } = await removeDefinitions(cluster);
    return { removed, kept: kept.length, remains: kept.map((why) => `definition ${why}`) };
  }
  const { length } = await ourDefinitions(cluster);
  const line = `${length} of Istio's definitions stay: --crds removes those of which no object is left`;
  return { removed: 0, kept: 0, remains: length === 0 ? [] : [line] };
}

/** Of a mesh that is gone only definitions may be left, which an earlier uninstall was not asked for. */
async function removeDefinitionsAlone(cluster: Cluster, input: Input): Promise<StepOutcome> {
  const nothing = `nothing of mesh ${input.mesh} is in it`;
  if (input.definitions !== 'unused') return { changed: 0, summary: nothing };
  const { removed, remains } = await handleDefinitions(cluster, 'unused');
  return {
    changed: removed,
    summary: removed === 0 ? nothing : `${nothing} but ${removed} definitions, removed`,
    ...(remains.length === 0 ? {} : { remains: linesOf(remains) }),
  };
}

async function removeEverything(
  ports: StepPorts,
  cluster: Cluster,
  input: Input,
  reached: () => void,
): Promise<StepOutcome> {
  const { mesh, namespace, keepRoot = false } = input;
  const { inventories, record, present } = await readMeshTraces(cluster, mesh, namespace);
  reached();
  await refuseWrongCluster(cluster, input, record);
  // What looks like a leftover of ours is another's in a cluster where this mesh never was.
  if (!present) return removeDefinitionsAlone(cluster, input);
  const removed = await removeInventories(cluster, namespace, inventories);
  await awaitPodsGone(ports, cluster, namespace);
  const left = await removeLeftovers(cluster, namespace);
  const definitions = await handleDefinitions(cluster, input.definitions);
  // The record goes last: while it is there, whoever comes after a dead attempt knows that something may be left.
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: MESH_RECORD };
  const forgotten = (await removeOurs(cluster, ref)) ? 1 : 0;
  const home = keepRoot
    ? { removed: false, summary: 'the key of the root stays for now', keepers: [] }
    : await releaseSystemNamespace(cluster, namespace);
  const ending = { namespace, context: input.cluster.context, since: ports.scope().now() };
  if (home.removed) await awaitNamespaceGone(ports, cluster, ending);
  const sidecars = (await podsWithSidecar(cluster)).length;
  const restart = `${sidecars} pods still carry a sidecar: restart them`;
  const changed = removed + left.removed + definitions.removed + forgotten;
  const remains = [
    ...(home.keepers.length === 0 ? [] : [home.summary]),
    ...(sidecars === 0 ? [] : [restart]),
    ...left.remains,
    ...definitions.remains,
  ];
  return {
    changed,
    summary: [
      `${changed} objects removed`,
      ...(definitions.kept === 0
        ? []
        : [`${definitions.kept} definitions kept, their kinds are in use`]),
      home.summary,
      ...(sidecars === 0 ? [] : [restart]),
    ].join(', '),
    ...(remains.length === 0 ? {} : { remains: linesOf(remains) }),
  };
}

/**
 * Makes `removeCluster`: takes everything of the mesh out of a cluster that leaves it: what the inventories list, what istiod left
 * behind, and the system namespace if it was made for the mesh and is empty then.
 *
 * Idempotent: what is gone already is no error; inventories go after their objects, and what the cluster remembers of the mesh goes last, so an
 * attempt after a dead one finds what is left.
 * Heartbeats: every second, with the pods that still end.
 * Fails with: PrecheckFailed when the context leads to another cluster or the root's key is kept there, UnknownCluster, WaitTimedOut, and
 * what requests fail with.
 */
export function createRemoveCluster(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return (input) =>
    removeOrLeave(ports.scope(), input, async (reached) =>
      removeEverything(ports, await openLeaver(ports, input), input, reached),
    );
}
