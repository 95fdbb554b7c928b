import { canonicalJson } from '../canonical-json.ts';
import type { Sha256 } from '../canonical-json.ts';
import { MeshFailure } from '../failure.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { clusterSteps } from './cluster-steps.ts';
import { withoutExports } from './export-steps.ts';
import { followStep } from './follow-plan.ts';
import type { Member } from './member.ts';
import { planDigest, refuseChangedPlan } from './plan-digest.ts';
import { planFaults } from './plan-faults.ts';
import { planSummary } from './plan-summary.ts';
import type { Plan } from './plan.ts';
import { forgetStep, rememberStep } from './record-steps.ts';
import { refuseChange } from './refuse-change.ts';
import { refuseInstall } from './refuse-install.ts';
import { canGoOnWithout, setAside } from './quarantine.ts';
import { reachableSteps } from './reachable-steps.ts';
import { refuseLargePlan } from './refuse-large-plan.ts';
import type { FactsByCluster } from './refuse-install.ts';
import { afterFarewells, leaversOf, removalSteps } from './removal-steps.ts';
import { leavesOf } from './step.ts';
import { topologyOf } from './topology.ts';
import { verifyStep, verifyTrafficInput } from './verify-plan.ts';

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
  /** Clusters that are set aside, as `setAside` says; facts of them count for nothing. @default [] */
  away?: readonly string[];
};

/**
 * Plans an install from the file and what prechecks read. Deterministic: the same arguments give the same plan.
 *
 * With clusters `away` it is the plan of the mesh as far as it can be reached: nothing is done in them or for them, and nothing that is there for
 * them is taken away. What left the file is removed by the plan that has all clusters, for traces of it may be in one that is away.
 *
 * @throws {MeshFailure} TrustMismatch, PrecheckFailed as refuseInstall and refuseChange say.
 * @throws {MeshFailure} PlanChanged: the plan is not the confirmed one, or removes clusters and nobody agreed to that.
 * @throws {MeshFailure} InvalidMeshSpec: overlays make the plan too large for a Temporal history.
 * @throws {Error} a defect of the caller: facts are missing, `away` is no set that can be set aside, or a confirmed plan is to go on without clusters.
 */
export function planInstall(
  spec: MeshSpec,
  read: readonly ClusterFacts[],
  sha256: Sha256,
  consent: PlanConsent = {},
): Plan {
  const { confirmedDigest = null, mayRemove = true, forget = [], remembered = [] } = consent;
  const away = awayOf(spec, consent);
  const present = { ...spec, clusters: spec.clusters.filter(({ name }) => !away.has(name)) };
  const facts = read.filter(({ cluster }) => !away.has(cluster));
  const factsByCluster = indexFacts(present, facts);
  const topology = topologyOf(spec);
  refuseInstall(spec, topology, factsByCluster);
  refuseChange(spec, facts);
  const specDigest = sha256(canonicalJson(spec));
  // refuseInstall has made sure that there is one at most.
  const rootFingerprint =
    facts.find((fact) => fact.rootFingerprint !== null)?.rootFingerprint ?? null;
  const whole = spec.clusters.flatMap((cluster) =>
    clusterSteps(spec, topology, cluster, rootFingerprint),
  );
  let steps = reachableSteps(whole, away);
  const leavers = leaversOf(facts, leftBehind(spec, facts, remembered));
  const awayMembers = remembered.filter(({ name }) => away.has(name));
  steps.push(rememberStep(present, facts, [...awayMembers, ...leavers], [...away]));
  const cleaned = leavers.filter(({ name }) => !forget.includes(name));
  const wanted = away.size === 0 ? steps : whole;
  const removals = removalSteps(spec, facts, wanted, { leavers, cleaned });
  if (away.size === 0) {
    steps = [...afterFarewells(steps, removals, leavers), ...removals];
    if (leavers.length > 0) steps.push(forgetStep(spec, facts, cleaned));
  }
  // A verification without some clusters must not pass for one of the whole mesh; one of the whole mesh is one of any part of it.
  const verifiedAs =
    away.size === 0 ? specDigest : sha256(canonicalJson({ spec, away: [...away] }));
  const verified = facts.every(({ verifiedDigest }) =>
    [specDigest, verifiedAs].includes(verifiedDigest ?? ''),
  );
  const verification = verifyStep(
    verifyTrafficInput(present, verifiedAs),
    // An export that cannot be made yet says nothing about the mesh, whose verification exports its own.
    leavesOf(withoutExports(steps)),
    verified ? 'changed' : 'always',
  );
  // Clusters that are away are followed on: the sync waits for those that it cannot reach, and nobody else would see what moves meanwhile.
  steps.push(followStep(spec, topology, specDigest), verification);
  const faults = planFaults(steps);
  if (faults.length > 0) throw new Error(`the planner made an unsound plan: ${faults.join('; ')}`);
  refuseLargePlan(spec, steps);
  const digest = planDigest(steps, sha256);
  refuseChangedPlan(
    digest,
    confirmedDigest,
    'look at the new plan with meshwright plan, then run install again',
  );
  refuseUnconfirmedRemoval(spec, leavers, confirmedDigest !== null || mayRemove);
  return {
    digest,
    summary: planSummary({ spec, topology, facts: factsByCluster, away, verified, removals }),
    steps,
  };
}

/** @throws {Error} when the plan would be one of nothing, or not the one that was confirmed */
function awayOf(
  spec: MeshSpec,
  { away = [], confirmedDigest = null }: PlanConsent,
): ReadonlySet<string> {
  if (away.length === 0) return new Set();
  const names = away.join(', ');
  if (confirmedDigest !== null)
    throw new Error(`plan ${confirmedDigest} was confirmed with ${names}, which are away now`);
  const asked = new Set(away);
  const aside = setAside(spec, away);
  if (aside.length !== asked.size || !canGoOnWithout(spec, away))
    throw new Error(
      `${names} cannot be set aside: without such a cluster go ${aside.join(', ') || 'none'}`,
    );
  return new Set(aside);
}

/** Those of which the file names neither the name nor, under another one, the cluster itself. */
function leftBehind(
  spec: MeshSpec,
  facts: readonly ClusterFacts[],
  remembered: readonly Member[],
): Member[] {
  const uids = new Set(facts.flatMap(({ uid = '' }) => (uid === '' ? [] : [uid])));
  return remembered.filter(
    ({ name, uid }) => !uids.has(uid) && !spec.clusters.some((cluster) => cluster.name === name),
  );
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
