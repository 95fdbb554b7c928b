import type { FlatJson } from '../flat-json.ts';
import type { VerifyPair } from './verify-report.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import type { FailureType } from '../failure.ts';
import type { ClusterRef } from './cluster-ref.ts';
import type { ClusterSurvey } from './cluster-survey.ts';
import type { StepChanges } from './object-changes.ts';
import type { StepInputs, StepKind } from './step-inputs.ts';

/** One step of a plan: which activity runs with what, and what it waits for. */
export type PlanStep = {
  [K in StepKind]: {
    /** Unique in the plan: `<cluster>/<step>` or `mesh/<step>`, e.g. `cluster2/create-remote-secret`. */
    id: string;
    /** Activity that does it. */
    kind: K;
    /** Cluster whose lane shows it; null for the whole mesh. */
    cluster: string | null;
    /** What it does in Istio's words, e.g. `remote secret`; at most 60 characters. */
    title: string;
    /** Ids of the steps that must be done first. */
    needs: string[];
    /** `changed`: runs only when an earlier step of this run changed something; else it is skipped. */
    when: 'always' | 'changed';
    /** Argument of the activity. */
    input: StepInputs[K];
  };
}[StepKind];

/** What an operation will do, computed once in an activity and recorded; the workflow only interprets it. */
export type Plan = {
  /** First 12 hex digits of the SHA-256 over the canonical steps; what a person confirms. */
  digest: string;
  /** Facts in words, one line each, for the confirm screen. */
  summary: string[];
  /** Steps in the order of display; none where they are in `flat`. */
  steps: PlanStep[];
  /** The steps of a large plan where it is recorded, see recorded-plan.ts; absent anywhere else. */
  flat?: FlatJson;
};

/** What a step's activity reports when it is done. */
export type StepOutcome = {
  /** Kubernetes objects created, changed or removed, by all attempts of the round (set where activities end); 0 proves a no-op. */
  changed: number;
  /** One line for people, e.g. `23 objects, 14 changed`. */
  summary: string;
  /** Addresses of the cluster's east-west gateway, from awaitGatewayAddress. */
  gatewayAddresses?: string[];
  /** Addresses of the cluster's ingress gateway, from awaitGatewayAddress. */
  ingressAddresses?: string[];
  /** Facts of the cluster, from precheck. */
  facts?: ClusterFacts;
  /** The plan that follows, from planInstall and planUninstall. */
  plan?: Plan;
  /** What of the mesh is in the cluster, from surveyCluster. */
  survey?: ClusterSurvey;
  /** What stays in a cluster whose mesh was removed, or is left to do there, and why; one line each, at most ten. */
  remains?: string[];
  /** Why a removal was given up for now: the step counts as skipped, what needs it goes on, and the next uninstall takes it up. */
  leftBehind?: {
    /** Failure of the last attempt. */
    type: FailureType;
    /** What a person can do about it. */
    cure: string;
    /** Cluster that is left. */
    cluster: ClusterRef;
    /** UID of its `kube-system`; null when nobody knows it. */
    uid: string | null;
  };
  /**
   * Matrix of pairs, from verifyTraffic: returned whether all are ok or not, since a failure is cut at 4 KB in Temporal.
   * Any pair that is not ok blocks the step of an install with `VerifyFailed`; `verify` returns the matrix as its report.
   */
  pairs?: VerifyPair[];
  /** What its attempts wrote in clusters, set where activities end (not by the step itself); absent when nothing, and in histories older than this. */
  changes?: StepChanges;
  /** Attempts that this round took, set where activities end (not by the step itself); absent counts as 1. */
  attempts?: number;
};
