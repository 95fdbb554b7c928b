import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import type { ClusterRef } from './cluster-ref.ts';
import type { ClusterSurvey } from './cluster-survey.ts';
import type { Member } from './member.ts';
import type { UninstallOptions } from './uninstall-options.ts';

/** Input of each step, by kind, that takes something away, or plans to. */
export type RemovalInputs = {
  /** A component that the plan no longer has, in one cluster. */
  removeComponent: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    revision: string | null;
    /** Name of the component, as in its inventory. */
    component: string;
    /** Whether it must be seen that istiod forgets a cluster; false where that istiod goes as well, and may be broken. @default true */
    insist?: boolean;
    /** A cluster that cannot be reached for so long is left behind, in milliseconds. @default it is tried for as long as it takes */
    leaveAfterMs?: number;
  };
  /** Everything of the mesh in a cluster that has left the file, or whose mesh is uninstalled. */
  removeCluster: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    /** UID of its `kube-system`; null when only the cluster itself can say which member it is. */
    uid: string | null;
    /** Which of Istio's definitions go: those of whose kinds no object is left, or none. @default `unused` */
    definitions?: 'unused' | 'none';
    /** Whether the key of the mesh's root stays in it for now; otherwise a cluster that holds it is refused. @default false */
    keepRoot?: boolean;
    /** A cluster that cannot be reached for so long is left behind, in milliseconds. @default it is tried for as long as it takes */
    leaveAfterMs?: number;
  };
  /** Reads what of a mesh is in a cluster, and who else uses it, before anything is removed. */
  surveyCluster: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    revision: string | null;
    /** Names of the clusters in the file: who is remembered beside them has left. */
    members: string[];
    /** Whether definitions alone, which an earlier uninstall kept, are something to remove. */
    crds: boolean;
    /** A cluster that cannot be reached for so long is planned without a look at it, in milliseconds. */
    limitMs: number;
  };
  /** Turns spec and surveys into the plan of an uninstall. */
  planUninstall: {
    spec: MeshSpec;
    surveys: ClusterSurvey[];
    options: UninstallOptions;
    /** Digest of the plan that a person confirmed; null accepts any. */
    confirmedDigest: string | null;
  };
  /** Plans what takes back an install. */
  planUndo: {
    spec: MeshSpec;
    /** What the install's prechecks read. */
    facts: ClusterFacts[];
    /** As of the install. */
    forget: string[];
    /** As of the install. */
    remembered: Member[];
    /** Ids of the steps that were begun. */
    begun: string[];
  };
  /** The key of the mesh's root: out of the clusters that hold it, once nothing else of the mesh is left. */
  releaseTrust: {
    mesh: string;
    namespace: string;
    /** Clusters that hold it; none when it is kept by the worker. */
    homes: ClusterRef[];
    /** Clusters that were left behind, filled in when the step begins: for them the key is kept. */
    leftBehind: string[];
  };
};
