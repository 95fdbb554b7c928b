import type { Member } from '../mesh/plan/member.ts';
import type { Plan } from '../mesh/plan/plan.ts';
import type { VerifyReport } from '../mesh/plan/verify-report.ts';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';
import type { UninstallOptions } from '../mesh/plan/uninstall-options.ts';
import type { CarriedInstall } from './carried-install.ts';

/** Who asks for something, and why; recorded in history with every message. */
export type Requester = {
  /** `user@host`, or MESHWRIGHT_USER. */
  by: string;
  /** Free text; null where a reason is optional and none was given. */
  reason: string | null;
};

/** Argument of the workflow `installMesh`. */
export type InstallInput = Requester & {
  /** The validated mesh. */
  spec: MeshSpec;
  /** SHA-256 (hex) of the canonical spec; equal digests mean the same install. */
  specDigest: string;
  /** Digest of the plan that a person confirmed; null accepts whatever the planner finds. */
  confirmedDigest: string | null;
  /** Whether clusters that have left the file may be removed without a confirmed plan that says so. @default false */
  mayRemove?: boolean;
  /** Clusters that have left the file and are gone for good: nothing is removed in them, they are only forgotten. @default [] */
  forget?: string[];
  /** Clusters that an uninstall left behind: they count as members that have left, unless the file names them. @default [] */
  remembered?: Member[];
  /** Time that clusters have to answer before the others go on without them, in milliseconds. @default 60,000 */
  graceMs?: number;
  /** What an earlier run of this install left to do; absent in its first run. */
  carried?: CarriedInstall;
};

/** Result of `installMesh`. */
export type InstallResult = {
  /** Objects changed over all steps; 0 when there was nothing to do. */
  changed: number;
  /** Digest of the executed plan. */
  planDigest: string;
};

/** Argument of the workflow `uninstallMesh`. */
export type UninstallInput = Requester & {
  /** The mesh, as its file or its last operation has it. */
  spec: MeshSpec;
  /** SHA-256 (hex) of the canonical spec. */
  specDigest: string;
  /** Digest of the plan that a person confirmed; null accepts whatever the planner finds. */
  confirmedDigest: string | null;
  /** What was decided about it. */
  uninstall: UninstallOptions;
  /** What an earlier run of this uninstall left to do; absent in its first run. */
  carried?: CarriedInstall;
};

/** Result of `uninstallMesh`. */
export type UninstallResult = {
  /** Objects removed over all steps; 0 when there was nothing to do. */
  changed: number;
  /** Digest of the executed plan. */
  planDigest: string;
  /** Names of the clusters that could not be reached; then the state of the operation is `failed`. */
  leftBehind: string[];
};

/** Argument of the workflow `planMesh`. */
export type PlanInput = Requester & {
  spec: MeshSpec;
  specDigest: string;
  /** As of the install that is planned. @default [] */
  forget?: string[];
  /** As of the install that is planned. @default [] */
  remembered?: Member[];
  /** Plans an uninstall instead, with these options. @default an install is planned */
  uninstall?: UninstallOptions;
};

/** Result of `planMesh`. */
export type PlanResult = { plan: Plan };

/** Argument of the workflow `verifyMesh`. */
export type VerifyInput = Requester & { spec: MeshSpec; specDigest: string };

/** Result of `verifyMesh`. */
export type VerifyResult = { report: VerifyReport };

/** Argument of the update `retry`: run a blocked step again. */
export type RetryInput = {
  /** Step id, e.g. `cluster2/await-gateway-address`. */
  step: string;
  /** Who asks. */
  by: string;
  /** Why; must not be empty. */
  reason: string;
};

/** Answer of the update `retry`. */
export type RetryResult = {
  /** Step id. */
  step: string;
  /** Which round of attempts this starts, from 2 on. */
  round: number;
};

/** Name of the query that answers with a MeshProgress. */
export const PROGRESS_QUERY = 'progress';
/** Name of the query that answers with the MeshSpec the operation was started with. */
export const SPEC_QUERY = 'spec';
/** Name of the update that runs a blocked step again. */
export const RETRY_UPDATE = 'retry';

/** Workflow types, as registered in the worker. */
export const WORKFLOWS = {
  install: 'installMesh',
  uninstall: 'uninstallMesh',
  plan: 'planMesh',
  verify: 'verifyMesh',
} as const;
