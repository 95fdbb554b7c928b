import type { StepKind } from '../mesh/plan/step-inputs.ts';
import type {
  ClusterStatus,
  ControlPlaneStatus,
  OperationStatus,
  StepStanding,
} from './mesh-status.ts';

/** What a cluster's own istiod, or its way to that of its primary, is made of. */
const KINDS: ReadonlySet<string> = new Set<StepKind>([
  'precheck',
  'prepareNamespace',
  'createCaSecret',
  'applyBase',
  'applyDefinitions',
  'applyControlPlane',
  'applyRemoteControlPlane',
  'awaitControlPlane',
  'createRemoteSecret',
  'awaitClusterSync',
  'awaitMeshSync',
]);
/** Steps that every plan has for every cluster; while they are missing there is no plan yet. */
const APPLIES: ReadonlySet<string> = new Set<StepKind>([
  'applyControlPlane',
  'applyRemoteControlPlane',
]);

/** Tells how a cluster's control plane stands from its steps: applied, ready, and synced with the others. */
export function controlPlaneStatus(
  cluster: string,
  steps: readonly StepStanding[],
  operation: OperationStatus,
): ControlPlaneStatus {
  const ofCluster = steps.filter((step) => step.cluster === cluster);
  if (operation.kind === 'uninstall') return removalStatus(ofCluster, steps, operation);
  // Of an install that is taken back, what it did before says nothing any more.
  const takenBack = ofCluster.filter(({ kind }) => kind === 'removeCluster');
  if (takenBack.length > 0) return removalStatus(takenBack, steps, operation);
  const own = ofCluster.filter(({ kind }) => KINDS.has(kind));
  const stopped = own.find(({ state }) => state === 'blocked' || state === 'failed');
  if (stopped !== undefined) {
    const state = stopped.state === 'blocked' ? 'Blocked' : 'Failed';
    return { state, since: stopped.since, reason: words(stopped) };
  }
  const open = own.filter(({ state }) => state !== 'done' && state !== 'skipped');
  if (open.length === 0 && own.some(({ kind }) => APPLIES.has(kind))) {
    const last = own.flatMap(({ since }) => since ?? []).sort();
    return { state: 'Available', since: last.at(-1) ?? null, reason: null };
  }
  if (operation.finishedAt !== null) {
    const reason = `the ${operation.kind} ended before`;
    return { state: 'Failed', since: operation.finishedAt, reason };
  }
  const active =
    open.find(({ state }) => state === 'retrying') ?? open.find(({ state }) => state !== 'pending');
  return {
    state: 'Reconciling',
    since: operation.startedAt,
    reason: active === undefined ? null : words(active),
  };
}

/** Tells of a cluster with its control plane: one that is out of the mesh has no gateways. */
export function withControlPlane(
  cluster: ClusterStatus,
  steps: readonly StepStanding[],
  operation: OperationStatus,
): ClusterStatus & { controlPlane: ControlPlaneStatus } {
  const controlPlane = controlPlaneStatus(cluster.name, steps, operation);
  const gone = { gatewayAddresses: [], ingressAddresses: [] };
  return { ...cluster, ...(controlPlane.state === 'Removed' ? gone : {}), controlPlane };
}

/** Tells by its own steps how far a cluster is on its way out of a mesh. */
function removalStatus(
  own: readonly StepStanding[],
  steps: readonly StepStanding[],
  operation: OperationStatus,
): ControlPlaneStatus {
  const stopped = own.find(({ state }) => state === 'blocked' || state === 'failed');
  if (stopped !== undefined) {
    const state = stopped.state === 'blocked' ? 'Blocked' : 'Failed';
    return { state, since: stopped.since, reason: words(stopped) };
  }
  const removal = own.find(({ kind }) => kind === 'removeCluster');
  if (removal?.state === 'skipped')
    return { state: 'LeftBehind', since: removal.since, reason: removal.reason };
  if (removal?.state === 'done') return { state: 'Removed', since: removal.since, reason: null };
  // The plan ends the sync first: where it has nothing for a cluster, nothing was in it.
  if (removal === undefined && steps.some(({ kind }) => kind === 'followMesh'))
    return { state: 'Removed', since: operation.startedAt, reason: 'nothing was in it' };
  if (operation.finishedAt !== null) {
    const before = `the ${operation.kind} ended before`;
    // Nothing is taken away before it is planned: a refused removal has left the cluster as it was.
    const reason = removal === undefined ? `nothing was taken out of it: ${before}` : before;
    return { state: 'Failed', since: operation.finishedAt, reason };
  }
  const active =
    own.find(({ state }) => state === 'retrying') ?? own.find(({ state }) => state === 'running');
  return {
    state: 'Removing',
    since: operation.startedAt,
    reason: active === undefined ? null : words(active),
  };
}

function words({ title, reason }: StepStanding): string {
  return reason === null ? title : `${title}: ${reason}`;
}
