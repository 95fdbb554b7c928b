import type { MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { clusterOfRemoteSecret, componentOf } from './components.ts';
import { withoutExports } from './export-steps.ts';
import type { Member } from './member.ts';
import type { PlanStep } from './plan.ts';
import { leavesOf, step } from './step.ts';

/** Clusters that the mesh remembers and the file no longer names, by name; `others` are known from elsewhere. */
export function leaversOf(
  facts: readonly ClusterFacts[],
  others: readonly Member[] = [],
): Member[] {
  const known = [...others, ...facts.flatMap(({ leavers = [] }) => leavers)];
  const byName = new Map(known.map((member) => [member.name, member]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The steps of a plan, with those that write `meshNetworks` of a primary only after its istiod has forgotten the clusters that leave: a network that is no longer in
 * it has no gateway, and istiod takes endpoints on such a network for ones that can be reached directly
 * (`EndpointsByNetworkFilter` in Istio's pilot/pkg/xds/endpoints/ep_filters.go).
 */
export function afterFarewells(
  steps: readonly PlanStep[],
  removals: readonly PlanStep[],
  leavers: readonly Member[],
): PlanStep[] {
  const farewells = removals.filter(
    (removal) => removal.kind === 'removeComponent' && isFarewell(removal.input.component, leavers),
  );
  return steps.map((each) => {
    if (each.kind !== 'applyControlPlane') return each;
    const own = farewells.filter(({ cluster }) => cluster === each.cluster);
    return own.length === 0
      ? each
      : { ...each, needs: [...each.needs, ...own.map(({ id }) => id)] };
  });
}

/** Whether a component is the remote secret of a cluster that leaves. */
function isFarewell(component: string, leavers: readonly Member[]): boolean {
  const cluster = clusterOfRemoteSecret(component);
  return leavers.some(({ name }) => name === cluster);
}

type Stale = { cluster: MeshSpec['clusters'][number]; component: string };

/** Components that clusters hold and no step of the plan writes any more. */
function staleComponents(
  spec: MeshSpec,
  facts: readonly ClusterFacts[],
  steps: readonly PlanStep[],
): Stale[] {
  const planned = new Set(
    steps.flatMap((planStep) => {
      const component = componentOf(planStep);
      return component === null ? [] : [`${component.cluster}/${component.name}`];
    }),
  );
  return spec.clusters.flatMap((cluster) => {
    const held = facts.find((fact) => fact.cluster === cluster.name)?.components ?? [];
    return held
      .filter((name) => !planned.has(`${cluster.name}/${name}`))
      .map((component) => ({ cluster, component }));
  });
}

function removeComponentStep(spec: MeshSpec, stale: Stale, needs: string[]): PlanStep {
  const { cluster, component } = stale;
  return step(
    'removeComponent',
    cluster.name,
    `remove-${component}`,
    `remove ${component.replaceAll('-', ' ')}`,
    needs,
    {
      cluster: clusterRef(cluster),
      mesh: spec.name,
      namespace: spec.istio.namespace,
      revision: spec.istio.revision,
      component,
    },
  );
}

/**
 * The steps that take away what the file no longer has. The remote secret of a cluster that has left goes at once, so that nobody sends it
 * traffic any more; everything else, its own objects included, when all that the file wants is there. Of `leavers`, those that are not
 * `cleaned` are gone for good.
 */
export function removalSteps(
  spec: MeshSpec,
  facts: readonly ClusterFacts[],
  steps: readonly PlanStep[],
  { leavers, cleaned }: { leavers: readonly Member[]; cleaned: readonly Member[] },
): PlanStep[] {
  const leaves = leavesOf(withoutExports(steps));
  const stale = staleComponents(spec, facts, steps);
  const farewells = stale
    .filter(({ component }) => isFarewell(component, leavers))
    .map((component) => removeComponentStep(spec, component, []));
  const others = stale
    .filter(({ component }) => !isFarewell(component, leavers))
    .map((component) => removeComponentStep(spec, component, leaves));
  const removals = cleaned.map(({ name, context, uid }) =>
    step(
      'removeCluster',
      name,
      'remove-cluster',
      'remove cluster',
      [...leaves, ...farewells.map(({ id }) => id)],
      {
        cluster: { name, context },
        mesh: spec.name,
        namespace: spec.istio.namespace,
        uid: uid === '' ? null : uid,
      },
    ),
  );
  return [...farewells, ...others, ...removals];
}
