import { followSpecOf } from '../sync/follow-spec.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { clusterOfRemoteSecret, componentOf, remoteSecretComponent } from './components.ts';
import type { Member } from './member.ts';
import type { PlanStep } from './plan.ts';
import { recordStep } from './record-steps.ts';
import { step } from './step.ts';
import { topologyOf } from './topology.ts';

type ClusterSpec = MeshSpec['clusters'][number];

/**
 * Plans what takes back that which one install made, from what its prechecks read before it wrote anything, and the steps it had begun. A cluster
 * that remembered no mesh then is emptied; of the others the components are removed that they did not hold. What an install changed in a
 * component that was there before stays as it is now, and a cluster that it removed stays removed: only another install brings those back.
 * Clusters without facts were away: nothing is done in them, and where the mesh stays, they stay in it.
 *
 * Ids begin with `undo-`, so the steps can be on the same board as those of the install. Deterministic.
 */
export function undoSteps(
  spec: MeshSpec,
  facts: readonly ClusterFacts[],
  begun: readonly PlanStep[],
): PlanStep[] {
  const factOf = new Map(facts.map((fact) => [fact.cluster, fact]));
  const touched = new Set(
    begun.flatMap((planStep) => [planStep.cluster, componentOf(planStep)?.cluster]),
  );
  const read = spec.clusters.filter(({ name }) => factOf.has(name));
  const made = read.filter(({ name }) => factOf.get(name)?.record === null && touched.has(name));
  const kept = read.filter((cluster) => !made.includes(cluster));
  const components = madeComponents(kept, factOf, begun);
  const isLink = ({ name }: MadeComponent): boolean => clusterOfRemoteSecret(name) !== null;
  const links = components.filter(isLink).map((one) => componentStep(spec, one, []));
  const linkIds = links.map(({ id }) => id);
  const others = components
    .filter((one) => !isLink(one))
    .map((one) => componentStep(spec, one, linkIds));
  // A key of the root that this install made is of no use without the mesh; one that others trust already is theirs.
  const home = kept.length === 0 && spec.trust.source === 'generated' ? spec.trust.home : null;
  const clusters = made.map((cluster) => clusterStep(spec, cluster, { made, factOf, links, home }));
  const steps = [...links, ...clusters, ...others];
  const staying = kept.length === 0 ? [] : spec.clusters.filter((one) => !made.includes(one));
  const follow = followStep(spec, staying, begun);
  return [
    ...(follow === null ? [] : [follow]),
    ...steps,
    ...trustSteps(spec, made, home, clusters),
    ...forgetSteps(spec, kept, factOf, begun, clusters),
  ];
}

type MadeComponent = { cluster: ClusterSpec; name: string };

/** Components of the clusters that stay, which they did not hold before and a step has begun to write; those made last first. */
function madeComponents(
  kept: readonly ClusterSpec[],
  factOf: ReadonlyMap<string, ClusterFacts>,
  begun: readonly PlanStep[],
): MadeComponent[] {
  const seen = new Set<string>();
  return begun
    .flatMap((planStep): MadeComponent[] => {
      const component = componentOf(planStep);
      const cluster = kept.find(({ name }) => name === component?.cluster);
      if (component === null || cluster === undefined) return [];
      const key = `${cluster.name}/${component.name}`;
      const held = factOf.get(cluster.name)?.components;
      // Histories of older versions do not say what was held, so nothing may be taken.
      if (held === undefined || held.includes(component.name) || seen.has(key)) return [];
      seen.add(key);
      return [{ cluster, name: component.name }];
    })
    .reverse();
}

function componentStep(
  spec: MeshSpec,
  { cluster, name }: MadeComponent,
  needs: string[],
): PlanStep {
  const title = `take back ${name.replaceAll('-', ' ')}`;
  return step('removeComponent', cluster.name, `undo-${name}`, title, needs, {
    cluster: clusterRef(cluster),
    mesh: spec.name,
    namespace: spec.istio.namespace,
    revision: spec.istio.revision,
    component: name,
  });
}

type Undoing = {
  made: readonly ClusterSpec[];
  factOf: ReadonlyMap<string, ClusterFacts>;
  links: readonly PlanStep[];
  /** Cluster whose Secret holds a key of the root that goes last; null when none does. */
  home: string | null;
};

/** A primary that was new goes after the remotes that were new with it: they cannot do without it. */
function clusterStep(
  spec: MeshSpec,
  cluster: ClusterSpec,
  { made, factOf, links, home }: Undoing,
): PlanStep {
  const remotes = made.filter(
    ({ controlPlane }) => controlPlane.kind === 'remote' && controlPlane.primary === cluster.name,
  );
  const about = links.filter(
    (link) =>
      link.kind === 'removeComponent' &&
      link.input.component === remoteSecretComponent(cluster.name),
  );
  const needs = [...about.map(({ id }) => id), ...remotes.map(({ name }) => undoCluster(name))];
  return step('removeCluster', cluster.name, 'undo-cluster', 'take the mesh back', needs, {
    cluster: clusterRef(cluster),
    mesh: spec.name,
    namespace: spec.istio.namespace,
    uid: factOf.get(cluster.name)?.uid ?? '',
    ...(cluster.name === home ? { keepRoot: true } : {}),
  });
}

/** The key goes when nothing is left that it signed for. */
function trustSteps(
  spec: MeshSpec,
  made: readonly ClusterSpec[],
  home: string | null,
  clusters: readonly PlanStep[],
): PlanStep[] {
  const homes = made.filter(({ name }) => name === home).map(clusterRef);
  if (homes.length === 0) return [];
  return [
    {
      id: 'mesh/undo-trust',
      kind: 'releaseTrust',
      cluster: null,
      title: 'key of the root',
      needs: clusters.map(({ id }) => id),
      when: 'always',
      input: { mesh: spec.name, namespace: spec.istio.namespace, homes, leftBehind: [] },
    },
  ];
}

function undoCluster(name: string): string {
  return `${name}/undo-cluster`;
}

/** The sync follows what is left: what an install hands over first must be taken back first. */
function followStep(
  spec: MeshSpec,
  staying: readonly ClusterSpec[],
  begun: readonly PlanStep[],
): PlanStep | null {
  const handedOver = begun.find(({ kind }) => kind === 'followMesh');
  if (handedOver?.kind !== 'followMesh' || staying.length === spec.clusters.length) return null;
  const { specDigest } = handedOver.input.spec;
  const names = new Set(staying.map(({ name }) => name));
  // A remote that changes over to a new primary is followed by nobody until the next install: its way to istiod is the new one's.
  const clusters = staying.filter(
    ({ controlPlane }) => controlPlane.kind === 'primary' || names.has(controlPlane.primary),
  );
  const left: MeshSpec = {
    ...spec,
    clusters,
    exports: spec.exports
      .filter(({ cluster }) => names.has(cluster))
      .map((entry) => ({ ...entry, to: entry.to.filter((name) => names.has(name)) })),
  };
  return {
    id: 'mesh/undo-follow',
    kind: 'followMesh',
    cluster: null,
    title: 'sync of what is left',
    needs: [],
    when: 'always',
    input: { spec: followSpecOf(left, topologyOf(left), specDigest) },
  };
}

/** The clusters that stay forget those that were new, once nothing of the mesh is left in them. */
function forgetSteps(
  spec: MeshSpec,
  kept: readonly ClusterSpec[],
  factOf: ReadonlyMap<string, ClusterFacts>,
  begun: readonly PlanStep[],
  clusters: readonly PlanStep[],
): PlanStep[] {
  const remembered = begun.some(({ kind }) => kind === 'recordMesh');
  if (!remembered || kept.length === 0 || clusters.length === 0) return [];
  const leavers = [...factOf.values()].flatMap((fact) => fact.leavers ?? []);
  const members: Member[] = [
    ...kept.map(({ name, context }) => ({ name, context, uid: factOf.get(name)?.uid ?? '' })),
    ...new Map(leavers.map((leaver) => [leaver.name, leaver])).values(),
  ];
  const ids = clusters.map(({ id }) => id);
  const left = { ...spec, clusters: [...kept] };
  const away = spec.clusters.flatMap(({ name }) => (factOf.has(name) ? [] : [name]));
  return [recordStep(left, 'undo-remember', 'forget clusters', ids, members, away)];
}
