import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ClusterFacts } from '../../../../mesh/plan/cluster-facts.ts';
import { componentOf } from '../../../../mesh/plan/components.ts';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import { planFaults } from '../../../../mesh/plan/plan-faults.ts';
import type { PlanStep } from '../../../../mesh/plan/plan.ts';
import { undoSteps } from '../../../../mesh/plan/undo-steps.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Facts of clusters that know no mesh. */
function fresh(spec: MeshSpec): ClusterFacts[] {
  return factsOf(spec).map((fact) => ({
    ...fact,
    uid: `uid-${fact.cluster}`,
    components: [],
    record: null,
    leavers: [],
  }));
}

/** Facts of a spec's clusters after an install of another spec, which some of them were part of. */
function after(installed: MeshSpec, spec: MeshSpec): ClusterFacts[] {
  const { steps } = planInstall(installed, fresh(installed), sha256);
  const { revision } = installed.istio;
  const { trustDomain, topology } = installed;
  return fresh(spec).map((fact) => {
    if (!installed.clusters.some(({ name }) => name === fact.cluster)) return fact;
    const components = steps
      .flatMap((step) => componentOf(step) ?? [])
      .filter(({ cluster }) => cluster === fact.cluster)
      .map(({ name }) => name);
    return { ...fact, components, record: { revision, trustDomain, topology } };
  });
}

/** What takes an install back that went as far as `begun` says. */
function undone(
  spec: MeshSpec,
  facts: ClusterFacts[],
  begun: (step: PlanStep) => boolean = () => true,
): PlanStep[] {
  return undoSteps(spec, facts, planInstall(spec, facts, sha256).steps.filter(begun));
}

const lines = (steps: readonly PlanStep[]): string[] =>
  steps.map(({ id, needs }) => `${id} <- ${needs.join(', ')}`.trimEnd());

const three = aMeshSpec({
  clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n2', 'c1'), aCluster('c3', 'n3', 'c1')],
});
const two = aMeshSpec({ clusters: three.clusters.slice(0, 2) });

describe('what takes back an install', () => {
  test('of a new mesh ends its sync and empties every cluster, the remotes before their primary', () => {
    const steps = undone(three, fresh(three));
    expect(lines(steps)).toEqual([
      'mesh/undo-follow <-',
      'c1/undo-cluster <- c2/undo-cluster, c3/undo-cluster',
      'c2/undo-cluster <-',
      'c3/undo-cluster <-',
    ]);
    expect(steps[0]).toMatchObject({ input: { spec: { clusters: [], targets: [] } } });
    expect(steps[1]).toMatchObject({ kind: 'removeCluster', input: { uid: 'uid-c1' } });
  });

  test('that added a cluster takes that one out again, its remote secret first, and forgets it', () => {
    const steps = undone(three, after(two, three));
    expect(lines(steps)).toEqual([
      'mesh/undo-follow <-',
      'c1/undo-remote-secret-c3 <-',
      'c3/undo-cluster <- c1/undo-remote-secret-c3',
      'mesh/undo-remember <- c3/undo-cluster',
    ]);
    expect(steps.at(-1)).toMatchObject({
      kind: 'recordMesh',
      input: {
        clusters: [{ name: 'c1' }, { name: 'c2' }],
        record: { members: [{ name: 'c1' }, { name: 'c2' }] },
      },
    });
    expect(steps[0]).toMatchObject({
      input: { spec: { clusters: ['c1', 'c2'], targets: [{ id: 'c2/istiod-address' }] } },
    });
  });

  test('that added components to clusters of the mesh removes those and no others, the last made first', () => {
    const flat = aMeshSpec({ clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n1')] });
    const separate = aMeshSpec({ clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n2')] });
    expect(undone(separate, after(flat, separate)).map(({ id }) => id)).toEqual([
      'c2/undo-gateway',
      'c2/undo-expose-services',
      'c2/undo-gateway-service',
      'c1/undo-gateway',
      'c1/undo-expose-services',
      'c1/undo-gateway-service',
    ]);
  });

  test('of a new mesh takes the key of the root that it made in a cluster last, one that others trust never', () => {
    const trust = { source: 'generated', home: 'c2' } as const;
    const steps = undone({ ...three, trust }, fresh(three));
    expect(lines(steps).at(-1)).toBe(
      'mesh/undo-trust <- c1/undo-cluster, c2/undo-cluster, c3/undo-cluster',
    );
    const kept = steps.filter(
      (step) => step.kind === 'removeCluster' && step.input.keepRoot === true,
    );
    expect(kept.map(({ cluster }) => cluster)).toEqual(['c2']);
    const added = undone({ ...three, trust }, after({ ...two, trust }, three));
    expect(added.map(({ kind }) => kind)).not.toContain('releaseTrust');
  });

  test('takes back only what had begun', () => {
    const begun = (step: PlanStep): boolean =>
      step.cluster === 'c2' && componentOf(step)?.cluster !== 'c1';
    expect(lines(undone(three, fresh(three), begun))).toEqual(['c2/undo-cluster <-']);
    expect(undone(three, fresh(three), () => false)).toEqual([]);
  });

  test('that had nothing to do is nothing', () => {
    expect(undone(three, after(three, three))).toEqual([]);
  });

  test('whose history does not say what was there before takes nothing', () => {
    const facts = factsOf(three);
    expect(undone(three, facts)).toEqual([]);
  });

  test('keeps remembering a cluster that had left the file before', () => {
    const gone = { name: 'c9', context: 'c9', uid: 'uid-c9' };
    const facts = after(two, three).map((fact) =>
      fact.record === null ? fact : { ...fact, leavers: [gone] },
    );
    expect(undone(three, facts).at(-1)).toMatchObject({
      input: { record: { members: [{ name: 'c1' }, { name: 'c2' }, gone] } },
    });
  });

  test('is a sound plan beside that of the install', () => {
    const facts = after(two, three);
    const { steps } = planInstall(three, facts, sha256);
    expect(planFaults([...steps, ...undoSteps(three, facts, steps)])).toEqual([]);
  });
});
