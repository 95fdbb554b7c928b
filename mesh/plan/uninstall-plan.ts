import type { Sha256 } from '../canonical-json.ts';
import { importComponent } from '../istio/export-names.ts';
import { MeshFailure } from '../failure.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { ClusterRef } from './cluster-ref.ts';
import { clusterRef } from './cluster-ref.ts';
import type { ClusterSurvey } from './cluster-survey.ts';
import { clusterOfRemoteSecret } from './components.ts';
import type { Member } from './member.ts';
import { planDigest, refuseChangedPlan } from './plan-digest.ts';
import { planFaults } from './plan-faults.ts';
import type { Plan, PlanStep } from './plan.ts';
import { foreignLinks, refuseLinked } from './refuse-linked.ts';
import { refuseLargePlan } from './refuse-large-plan.ts';
import { step } from './step.ts';
import type { UninstallOptions } from './uninstall-options.ts';
import { uninstallSummary } from './uninstall-summary.ts';

/** Id of the step that ends the mesh's sync, which would mend what is being taken away. */
const END_SYNC = 'mesh/end-sync';

/** A cluster that something is removed in. */
export type Leaving = {
  /** Names it to the worker. */
  cluster: ClusterRef;
  /** UID of its `kube-system`; null when only the cluster itself can say. */
  uid: string | null;
  /** Primary that it is a remote of, as the file says; null for a primary, and for one that has left the file. */
  primary: string | null;
};

type Link = { holder: string; about: string | null; step: PlanStep };

/**
 * Plans an uninstall from the file and what was read in the clusters. What leads to a cluster goes before that cluster, remotes go before their primary,
 * and the key of the root last of all. Deterministic: the same arguments give the same plan.
 *
 * @throws {MeshFailure} InvalidMeshSpec: the mesh is in another namespace than the file says.
 * @throws {MeshFailure} StillLinked: somebody outside of the mesh uses it.
 * @throws {MeshFailure} PlanChanged: the plan is not the confirmed one.
 */
export function planUninstall(
  spec: MeshSpec,
  surveys: readonly ClusterSurvey[],
  sha256: Sha256,
  options: UninstallOptions,
  confirmedDigest: string | null = null,
): Plan {
  refuseOtherHome(spec, surveys);
  const leavers = leaversOf(spec, surveys, options);
  const links = foreignLinks(surveys, new Set(leavers.map(({ name }) => name)));
  if (!options.force) refuseLinked(spec.name, links);
  const leaving = leavingClusters(spec, surveys, leavers);
  const steps = uninstallSteps(spec, surveys, leaving, options);
  const faults = planFaults(steps);
  if (faults.length > 0) throw new Error(`the planner made an unsound plan: ${faults.join('; ')}`);
  refuseLargePlan(spec, steps);
  const digest = planDigest(steps, sha256);
  const cure = `look at what is there now: meshwright uninstall ${spec.name}`;
  refuseChangedPlan(digest, confirmedDigest, cure);
  return { digest, summary: uninstallSummary(spec, surveys, leavers, links, options), steps };
}

/** An uninstall that looks into the wrong namespace would find nothing, and say that the mesh is gone. */
function refuseOtherHome({ name, istio }: MeshSpec, surveys: readonly ClusterSurvey[]): void {
  for (const { cluster, otherHome } of surveys) {
    if (otherHome === undefined) continue;
    throw new MeshFailure(
      'InvalidMeshSpec',
      `mesh ${name} is in namespace ${otherHome} of ${cluster}, and istio.namespace of the file is ${istio.namespace}`,
      {
        cluster,
        cure: `uninstall it with the file that it was installed with: meshwright uninstall ${name} -f mesh.yaml, where istio.namespace is ${otherHome}`,
      },
    );
  }
}

/** Clusters that hold something of the mesh, or did, and that the file does not name, by name. */
function leaversOf(
  spec: MeshSpec,
  surveys: readonly ClusterSurvey[],
  { remembered, forget }: UninstallOptions,
): Member[] {
  const known = [...remembered, ...surveys.flatMap(({ leavers }) => leavers)];
  const byName = new Map(known.map((member) => [member.name, member]));
  return [...byName.values()]
    .filter(({ name }) => !forget.includes(name))
    .filter(({ name }) => !spec.clusters.some((cluster) => cluster.name === name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of the file's clusters those in which something may be. */
function leavingClusters(
  spec: MeshSpec,
  surveys: readonly ClusterSurvey[],
  leavers: readonly Member[],
): Leaving[] {
  const surveyOf = new Map(surveys.map((survey) => [survey.cluster, survey]));
  const ofFile = spec.clusters.flatMap((cluster): Leaving[] => {
    const survey = surveyOf.get(cluster.name);
    if (survey === undefined || (survey.unreachable === null && !survey.present)) return [];
    const { controlPlane } = cluster;
    const primary = controlPlane.kind === 'remote' ? controlPlane.primary : null;
    return [{ cluster: clusterRef(cluster), uid: survey.uid, primary }];
  });
  const gone = leavers.map(({ name, context, uid }): Leaving => ({
    cluster: { name, context },
    uid: uid === '' ? null : uid,
    primary: null,
  }));
  return [...ofFile, ...gone];
}

function uninstallSteps(
  spec: MeshSpec,
  surveys: readonly ClusterSurvey[],
  leaving: readonly Leaving[],
  options: UninstallOptions,
): PlanStep[] {
  const links = leaving.flatMap(({ cluster }) => {
    const held = surveys.find((survey) => survey.cluster === cluster.name)?.components ?? [];
    return held.flatMap((component) => linkOf(spec, cluster, component, options));
  });
  const homes = surveys.filter(({ holdsRoot }) => holdsRoot).map(({ cluster }) => cluster);
  const removals = leaving.map((one) => removalOf(spec, one, { leaving, links, homes }, options));
  const sorted = [...removals].sort((a, b) => rank(leaving, a) - rank(leaving, b));
  return [
    endSync(spec),
    ...links.map((link) => link.step),
    ...sorted,
    ...trustSteps(spec, leaving, homes, removals),
  ];
}

/** Remotes are shown before primaries, as they go. */
function rank(leaving: readonly Leaving[], { cluster }: PlanStep): number {
  return leaving.some((one) => one.cluster.name === cluster && one.primary !== null) ? 0 : 1;
}

function endSync({ name }: MeshSpec): PlanStep {
  return {
    id: END_SYNC,
    kind: 'followMesh',
    cluster: null,
    title: 'end of the sync',
    needs: [],
    when: 'always',
    input: { spec: { mesh: name, specDigest: '', clusters: [], targets: [] } },
  };
}

/** What leads from one cluster to another: a remote secret, or the name of a service that another one exports. */
function linkOf(
  spec: MeshSpec,
  cluster: ClusterRef,
  component: string,
  { leaveAfterMs }: UninstallOptions,
): Link[] {
  const exported = spec.exports.find((entry) => importComponent(entry) === component);
  const about = clusterOfRemoteSecret(component) ?? exported?.cluster ?? null;
  if (about === null) return [];
  const title = `remove ${component.replaceAll('-', ' ')}`;
  const removal = step('removeComponent', cluster.name, `remove-${component}`, title, [END_SYNC], {
    cluster,
    mesh: spec.name,
    namespace: spec.istio.namespace,
    revision: spec.istio.revision,
    component,
    insist: false,
    leaveAfterMs,
  });
  return [{ holder: cluster.name, about, step: removal }];
}

function removalOf(
  spec: MeshSpec,
  { cluster, uid }: Leaving,
  {
    leaving,
    links,
    homes,
  }: { leaving: readonly Leaving[]; links: readonly Link[]; homes: string[] },
  { crds, leaveAfterMs }: UninstallOptions,
): PlanStep {
  const { name } = cluster;
  const remotes = leaving.filter(({ primary }) => primary === name);
  const needs = [
    END_SYNC,
    ...links
      .filter(({ about, holder }) => about === name || holder === name)
      .map((link) => link.step.id),
    ...remotes.map((remote) => removalId(remote.cluster.name)),
  ];
  return step('removeCluster', name, 'remove-cluster', 'remove everything', needs, {
    cluster,
    mesh: spec.name,
    namespace: spec.istio.namespace,
    uid,
    definitions: crds ? 'unused' : 'none',
    keepRoot: homes.includes(name),
    leaveAfterMs,
  });
}

function removalId(cluster: string): string {
  return `${cluster}/remove-cluster`;
}

/** The key of a root that meshwright made is the last to go: without it nothing of the mesh could be made again. */
function trustSteps(
  spec: MeshSpec,
  leaving: readonly Leaving[],
  homes: readonly string[],
  removals: readonly PlanStep[],
): PlanStep[] {
  if (spec.trust.source === 'existing' && homes.length === 0) return [];
  return [
    {
      id: 'mesh/release-trust',
      kind: 'releaseTrust',
      cluster: null,
      title: 'key of the root',
      needs: removals.map(({ id }) => id),
      when: 'always',
      input: {
        mesh: spec.name,
        namespace: spec.istio.namespace,
        homes: leaving.map(({ cluster }) => cluster).filter(({ name }) => homes.includes(name)),
        leftBehind: [],
      },
    },
  ];
}
