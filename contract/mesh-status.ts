import type { Decided, DecidedOperation } from './decisions.ts';
import type { SyncReport } from './mesh-sync.ts';
import type { ToldFailure } from './told-failure.ts';

/**
 * State of an operation. `blocked`: nothing more can go on without a person; other steps may still be running. `paused`: a person wants no new
 * step to start; what was running goes on.
 */
export type OperationState = 'running' | 'blocked' | 'paused' | 'succeeded' | 'failed' | 'canceled';

/** State of a step. `waiting` and `retrying` are seen from its running activity, the others from the workflow. */
export type StepState =
  'pending' | 'running' | 'waiting' | 'retrying' | 'blocked' | 'done' | 'skipped' | 'failed';

/** What kind of operation a workflow runs. */
export type OperationKind = 'install' | 'uninstall' | 'verify' | 'plan';

/** How a step stands; the field names are a contract. */
export type StepStanding = {
  /** Step id, the argument of `retry`. */
  id: string;
  /** Cluster, or null for the whole mesh. */
  cluster: string | null;
  /** Kind of step, e.g. `createRemoteSecret`. */
  kind: string;
  /** What it does, e.g. `remote secret`. */
  title: string;
  /** Where it stands. */
  state: StepState;
  /** Attempts so far, 0 before the first. */
  attempts: number;
  /** ISO-8601 time of entering the state; null while pending. */
  since: string | null;
  /** Why: the failure when blocked or retrying, what is awaited when waiting, the outcome when done; null when nothing to say. */
  reason: string | null;
};

/** One step as scripts see it; the field names are a contract. */
export type StepStatus = StepStanding & {
  /** The failure of a step that is blocked, has failed, was skipped after one, or is retried; absent when there is none. */
  failure?: ToldFailure;
  /** What stays in a cluster whose mesh was removed, and why, one line each; absent when nothing does. */
  remains?: string[];
};

/** A step as the workflow knows it, with what only screens need. */
export type StepProgress = StepStanding & {
  /** Ids of the steps it needs. */
  needs: string[];
  /** Failure type when blocked or failed, else null. */
  failure: string | null;
  /** What a person can do, when blocked; else null. */
  cure: string | null;
  /** Further lines about the failure; of a removal that is done, what stays and why. */
  lines: string[];
  /** Objects changed by the rounds that have ended, failed ones included; one that two rounds wrote counts twice. */
  changed: number;
  /** ISO-8601 time of the first start; null before. */
  startedAt: string | null;
  /** ISO-8601 time of its end; null before. */
  finishedAt: string | null;
  /** Who asked for a retry of it last, and why; null when nobody did. */
  lastRetry: Decided | null;
  /** Who skipped it, why, and what the mesh does without; absent when no person did. */
  skip?: Decided & { missing: string };
};

/** One cluster of the mesh. */
export type ClusterStatus = {
  /** Cluster name. */
  name: string;
  /** Its network. */
  network: string;
  /** `primary`, or `remote`. */
  role: 'primary' | 'remote';
  /** Addresses of its east-west gateway as far as known. */
  gatewayAddresses: string[];
  /** Addresses of its ingress gateway as far as known. */
  ingressAddresses: string[];
  /** ISO-8601 time since when an install goes on without it, because it, or its primary, cannot be looked at; absent when it does not. */
  awaySince?: string;
};

/** How the control plane of a cluster stands: its own istiod, or a remote's way to that of its primary. */
export type ControlPlaneStatus = {
  /**
   * `Available`: applied, ready and synced. `Reconciling`: on the way. `Blocked`: waits for a person. `Failed`: the operation ended before.
   * Of an uninstall, and an install that is taken back: `Removing`, `Removed`, and `LeftBehind` where the cluster could not be reached.
   */
  state: 'Available' | 'Reconciling' | 'Blocked' | 'Failed' | 'Removing' | 'Removed' | 'LeftBehind';
  /** ISO-8601 time of entering the state; `Reconciling` since the operation's start. Null when unknown. */
  since: string | null;
  /** Why it is not available: the step that blocks it, is retried or is under way; null when there is nothing to say. */
  reason: string | null;
};

/** The operation a status is about. */
export type OperationStatus = DecidedOperation & {
  /** Kind of operation. */
  kind: OperationKind;
  /** Workflow id, e.g. `mesh-prod`. */
  workflowId: string;
  /** Run id; of the latest run when the operation went on in several. */
  runId: string;
  /** Run id of its first run, when it went on in several; absent when it did not. */
  firstRunId?: string;
  /** Where it stands. */
  state: OperationState;
  /** ISO-8601. */
  startedAt: string;
  /** ISO-8601; null while it runs. */
  finishedAt: string | null;
};

/** What `status MESH -o json` prints. Fields are only ever added. */
export type MeshStatus = {
  apiVersion: 'meshwright.dev/v1alpha1';
  kind: 'MeshStatus';
  /** Mesh name. */
  mesh: string;
  /** The latest operation. */
  operation: OperationStatus;
  /** Its steps in the order of display. */
  steps: StepStatus[];
  /** Clusters of the mesh in the order of the file. */
  clusters: (ClusterStatus & { controlPlane: ControlPlaneStatus })[];
  /** What follows the mesh's addresses after the install; in the answer of `status` only. */
  sync?: SyncReport;
};

/** The answer of the progress query: a status from the workflow's own knowledge, before pending activities are read. */
export type MeshProgress = {
  /** Mesh name. */
  mesh: string;
  /** The operation. */
  operation: OperationStatus;
  /** Steps with what screens need. */
  steps: StepProgress[];
  /** Clusters. */
  clusters: ClusterStatus[];
  /** Plan digest once planned, else null. */
  planDigest: string | null;
  /** Summary lines of the plan. */
  planSummary: string[];
  /** Objects that steps changed before they were planned again, besides what `steps` say; absent when none were. */
  changedBefore?: number;
  /** Who started it and why. */
  startedBy: { by: string; reason: string | null };
};
