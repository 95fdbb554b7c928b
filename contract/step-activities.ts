import type { StepChanges } from '../mesh/plan/object-changes.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { StepInputs, StepKind } from '../mesh/plan/step-inputs.ts';

/** The activities, one for each kind of step; the names are the activity types in history. */
export type StepActivities = {
  [K in StepKind]: (input: StepInputs[K], clock?: StepClock) => Promise<StepOutcome>;
};

/** Second argument of an activity whose step was under way when an earlier run of the workflow ended, and goes on. */
export type StepClock = {
  /** ISO-8601 time at which the step was scheduled there: limits count from it. */
  scheduledAt: string;
};

/** How long one attempt of a kind of step may take, and how its retries are spaced. */
export type StepTiming = {
  /** Limit of one attempt, in milliseconds; waits carry their own limit inside and get a margin above it. */
  attemptMs: number;
  /** Whether it mostly waits; waits cost next to nothing, so they count against a wide bound of their own. */
  waits: boolean;
};

/**
 * Time without a heartbeat after which an attempt counts as dead, in milliseconds. Every activity heartbeats each second
 * (activities/attempt/heartbeat-interceptor.ts), so this is what a killed worker costs; 2 s was measured to work, 4 s bears a busy machine.
 */
export const HEARTBEAT_TIMEOUT_MS = 4_000;

/** Spacing of retries: from 250 ms doubling to 5 s, for as long as it takes; the failure type decides whether at all. */
export const RETRY = { initialMs: 250, factor: 2, maximumMs: 5_000 } as const;

const SHORT: StepTiming = { attemptMs: 60_000, waits: false };
/** Short, unless a namespace that is being deleted must end first, which has two minutes. */
const NAMESPACE: StepTiming = { attemptMs: 3 * 60_000, waits: false };
/** Waits up to two minutes for a token (activities/discovery/remote-secret.ts). */
const TOKEN: StepTiming = { attemptMs: 3 * 60_000, waits: false };
const TOOL: StepTiming = { attemptMs: 5 * 60_000, waits: false };
/** A wait lives as long as its own limit, which its input carries; a week bounds even a wrong limit. */
const WAIT: StepTiming = { attemptMs: 7 * 24 * 3_600_000, waits: true };

/** Timing of every kind of step. */
export const STEP_TIMING: { [K in StepKind]: StepTiming } = {
  precheck: SHORT,
  reachCluster: SHORT,
  planInstall: SHORT,
  prepareNamespace: NAMESPACE,
  createCaSecret: SHORT,
  applyBase: TOOL,
  applyDefinitions: TOOL,
  applyResources: SHORT,
  applyControlPlane: TOOL,
  awaitControlPlane: WAIT,
  applyGateway: SHORT,
  awaitGatewayAddress: WAIT,
  awaitGateway: WAIT,
  exposeControlPlane: SHORT,
  applyDiscoveryService: SHORT,
  awaitDiscoveryAddress: WAIT,
  exposeServices: SHORT,
  applyRemoteControlPlane: TOOL,
  createRemoteSecret: TOKEN,
  awaitClusterSync: WAIT,
  awaitMeshSync: WAIT,
  patchMeshNetworks: TOOL,
  applyStubServices: SHORT,
  applyExport: SHORT,
  applyImport: SHORT,
  recordMesh: SHORT,
  removeComponent: WAIT,
  removeCluster: WAIT,
  surveyCluster: SHORT,
  planUninstall: SHORT,
  planUndo: SHORT,
  releaseTrust: WAIT,
  followMesh: SHORT,
  verifyTraffic: WAIT,
};

/** Details of a heartbeat: what a running activity is doing, shown by `status` and by the Temporal UI. */
export type StepHeartbeat = {
  /** What it waits for, e.g. `address of Service istio-system/istio-eastwestgateway`; null while it works. */
  waitingFor: string | null;
  /** Why it is not there yet, e.g. `pod istiod-7b7-k2x: ImagePullBackOff`; null when unknown. */
  reason: string | null;
  /** ISO-8601 time since when it waits; null while it works. */
  since: string | null;
  /** ISO-8601 time at which the cluster was last away while this was awaited: the limit counts from there; absent when it never was. */
  awayAt?: string;
  /** What it and the attempts before it have written in clusters so far, for the attempt that may follow; absent when nothing. */
  written?: StepChanges;
};
