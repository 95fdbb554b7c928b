import type { ClusterFacts } from '../../mesh/plan/cluster-facts.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import type { ClusterSpec, MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { aCluster, aMeshSpec, factsOf } from './a-mesh-spec.ts';
import { aPlan, progressOf, scriptedInstall } from './install-run.ts';
import type { Handle } from './install-run.ts';
import { NOTHING_CHANGED, stepFailure } from './scripted-steps.ts';
import type { ScriptedSteps, StepScript } from './scripted-steps.ts';

/** Two primaries, and a remote of the first. */
export function threeClusters(): ClusterSpec[] {
  return [
    aCluster('cluster1', 'network1'),
    aCluster('cluster2', 'network2'),
    aCluster('cluster3', 'network3', 'cluster1'),
  ];
}

/** Steps whose planner leaves out what is away: in each cluster `a`, then `b`, and `mesh/all` at the end, which needs all. */
export function stepsAround(spec: MeshSpec): ScriptedSteps {
  return scriptedInstall(aPlan({}), spec).on('mesh/plan', planAround(spec));
}

/** The planner of those steps. */
export function planAround(spec: MeshSpec): StepScript {
  return ({ input }) => {
    const { away = [] } = input as StepInputs['planInstall'];
    const there = spec.clusters.map(({ name }) => name).filter((name) => !away.includes(name));
    const own = there.flatMap((name): [string, string[]][] => [
      [`${name}/a`, []],
      [`${name}/b`, [`${name}/a`]],
    ]);
    const all: [string, string[]] = ['mesh/all', there.map((name) => `${name}/b`)];
    const { steps, ...plan } = aPlan(Object.fromEntries([...own, all]), {
      'mesh/all': { cluster: null },
    });
    return { ...NOTHING_CHANGED, plan: { ...plan, steps, digest: `without-${away.join()}` } };
  };
}

/** Takes a cluster away, as far as these of its steps find out; answers what brings it back. */
export function takeAway(
  steps: ScriptedSteps,
  cluster: string,
  names: readonly string[] = ['precheck'],
): () => void {
  let isAway = true;
  for (const name of names) {
    steps.before(`${cluster}/${name}`, () => {
      if (isAway) throw stepFailure('ClusterUnreachable', 'connection refused');
    });
  }
  return () => {
    isAway = false;
  };
}

/** What the planner was given, each time. */
export function plannings(steps: ScriptedSteps): StepInputs['planInstall'][] {
  return steps
    .calls()
    .filter(({ step }) => step === 'mesh/plan')
    .map(({ input }) => input as StepInputs['planInstall']);
}

/** What a look at one of the three clusters reports. */
export function factsAbout(cluster: string): { facts?: ClusterFacts } {
  const all = factsOf(aMeshSpec({ clusters: threeClusters() }));
  const facts = all.find((fact) => fact.cluster === cluster);
  return facts === undefined ? {} : { facts };
}

/** Names of the clusters that an install goes on without. */
export async function awayIn(install: Handle): Promise<string[]> {
  const { clusters } = await progressOf(install);
  return clusters.flatMap(({ name, awaySince }) => (awaySince === undefined ? [] : [name]));
}
