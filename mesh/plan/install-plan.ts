import { canonicalJson } from '../canonical-json.ts';
import type { Sha256 } from '../canonical-json.ts';
import { MeshFailure } from '../failure.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { clusterSteps } from './cluster-steps.ts';
import { withoutExports } from './export-steps.ts';
import { followStep } from './follow-plan.ts';
import type { Member } from './member.ts';
import { planFaults } from './plan-faults.ts';
import { planSummary } from './plan-summary.ts';
import type { Plan } from './plan.ts';
import { forgetStep, rememberStep } from './record-steps.ts';
import { refuseChange } from './refuse-change.ts';
import { refuseInstall } from './refuse-install.ts';
import { refuseLargePlan } from './refuse-large-plan.ts';
import type { FactsByCluster } from './refuse-install.ts';
import { leaversOf, removalSteps } from './removal-steps.ts';
import { leavesOf } from './step.ts';
import { topologyOf } from './topology.ts';
import { verifyStep, verifyTrafficInput } from './verify-plan.ts';

/** Hex digits of a plan's digest. */
const DIGEST_LENGTH = 12;

/** What a person has agreed to. */
export type PlanConsent = {
  /** Digest of the plan that was confirmed; null accepts any. @default null */
  confirmedDigest?: string | null;
  /** Whether clusters that have left the file may be removed without a confirmed plan. @default true, as for a plan that is only shown */
  mayRemove?: boolean;
  /** Clusters that have left the file and are gone for good: they are forgotten, not cleaned. @default [] */
  forget?: readonly string[];
  /** Clusters that an uninstall left behind: they have left, unless the file names them. @default [] */
  remembered?: readonly Member[];
};

/**
 * Plans an install from the file and what prechecks read. Deterministic: the same arguments give the same plan.
 *
 * @throws {MeshFailure} TrustMismatch, PrecheckFailed as refuseInstall and refuseChange say.
 * @throws {MeshFailure} PlanChanged: the plan is not the confirmed one, or removes clusters and nobody agreed to that.
 * @throws {MeshFailure} InvalidMeshSpec: overlays make the plan too large for a Temporal history.
 */
export function planInstall(
  spec: MeshSpec,
  facts: readonly ClusterFacts[],
  sha256: Sha256,
  { confirmedDigest = null, mayRemove = true, forget = [], remembered = [] }: PlanConsent = {},
): Plan {
  const factsByCluster = indexFacts(spec, facts);
  const topology = topologyOf(spec);
  refuseInstall(spec, topology, factsByCluster);
  refuseChange(spec, facts);
  const specDigest = sha256(canonicalJson(spec));
  // refuseInstall has made sure that there is one at most.
  const rootFingerprint =
    facts.find((fact) => fact.rootFingerprint !== null)?.rootFingerprint ?? null;
  const steps = spec.clusters.flatMap((cluster) =>
    clusterSteps(spec, topology, cluster, rootFingerprint),
  );
  const leavers = leaversOf(facts, leftBehind(spec, remembered));
  steps.push(rememberStep(spec, facts, leavers));
  const cleaned = leavers.filter(({ name }) => !forget.includes(name));
  const removals = removalSteps(spec, facts, steps, { leavers, cleaned });
  steps.push(...removals);
  if (leavers.length > 0) steps.push(forgetStep(spec, facts, cleaned));
  const verified = facts.every((fact) => fact.verifiedDigest === specDigest);
  const verification = verifyStep(
    verifyTrafficInput(spec, specDigest),
    // An export that cannot be made yet says nothing about the mesh, whose verification exports its own.
    leavesOf(withoutExports(steps)),
    verified ? 'changed' : 'always',
  );
  steps.push(followStep(spec, topology, specDigest), verification);
  const faults = planFaults(steps);
  if (faults.length > 0) throw new Error(`the planner made an unsound plan: ${faults.join('; ')}`);
  const text = canonicalJson(steps);
  refuseLargePlan(spec, steps);
  const digest = sha256(text).slice(0, DIGEST_LENGTH);
  if (confirmedDigest !== null && confirmedDigest !== digest) {
    throw new MeshFailure(
      'PlanChanged',
      `the plan is now ${digest}, not ${confirmedDigest} as confirmed`,
      {
        cure: `look at the new plan with meshwright plan, then run install again`,
      },
    );
  }
  refuseUnconfirmedRemoval(spec, leavers, confirmedDigest !== null || mayRemove);
  return {
    digest,
    summary: planSummary(spec, topology, factsByCluster, verified, removals),
    steps,
  };
}

function leftBehind(spec: MeshSpec, remembered: readonly Member[]): Member[] {
  return remembered.filter(({ name }) => !spec.clusters.some((cluster) => cluster.name === name));
}

function indexFacts(spec: MeshSpec, facts: readonly ClusterFacts[]): FactsByCluster {
  const byCluster = new Map(facts.map((fact) => [fact.cluster, fact]));
  const unknown = spec.clusters
    .filter((cluster) => !byCluster.has(cluster.name))
    .map((cluster) => cluster.name);
  if (unknown.length > 0) throw new Error(`no facts were read from ${unknown.join(', ')}`);
  return byCluster;
}

function refuseUnconfirmedRemoval(
  spec: MeshSpec,
  leavers: readonly Member[],
  isConfirmed: boolean,
): void {
  if (leavers.length === 0 || isConfirmed) return;
  const names = leavers.map(({ name }) => name).join(', ');
  throw new MeshFailure(
    'PlanChanged',
    `the file no longer names ${names}, and nobody has confirmed that the mesh is to be removed there`,
    {
      cure: `look at it with meshwright plan, then install without --yes, or with --yes --confirm ${spec.name}`,
    },
  );
}
