import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ClusterFacts } from '../../../../mesh/plan/cluster-facts.ts';
import { componentOf } from '../../../../mesh/plan/components.ts';
import { type PlanConsent, planInstall } from '../../../../mesh/plan/install-plan.ts';
import type { Plan, PlanStep } from '../../../../mesh/plan/plan.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const uidsOf = (spec: MeshSpec): { [cluster: string]: Partial<ClusterFacts> } =>
  Object.fromEntries(spec.clusters.map(({ name }) => [name, { uid: `uid-${name}` }]));

/** Plans a spec over what an install of another one has left in the clusters. */
function planAfter(before: MeshSpec, after: MeshSpec, consent?: PlanConsent): Plan {
  const { steps } = planInstall(before, factsOf(before, uidsOf(before)), sha256);
  const remembered = steps.find((step) => step.id === 'mesh/remember');
  if (remembered?.kind !== 'recordMesh') throw new Error('nothing is remembered');
  const { members, ...record } = remembered.input.record;
  const facts = factsOf(after).map((fact) => {
    const known = before.clusters.some(({ name }) => name === fact.cluster);
    if (!known) return { ...fact, uid: `uid-${fact.cluster}` };
    return {
      ...fact,
      uid: `uid-${fact.cluster}`,
      components: steps
        .flatMap((step) => componentOf(step) ?? [])
        .filter(({ cluster }) => cluster === fact.cluster)
        .map(({ name }) => name),
      record,
      leavers: members.filter(({ name }) => !after.clusters.some((one) => one.name === name)),
    };
  });
  return planInstall(after, facts, sha256, consent);
}

const removalsOf = (plan: Plan): PlanStep[] =>
  plan.steps.filter(({ kind }) => kind === 'removeComponent' || kind === 'removeCluster');
const needsOf = (plan: Plan, id: string): string[] =>
  plan.steps.find((step) => step.id === id)?.needs ?? [];

const three = aMeshSpec({
  clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n2', 'c1'), aCluster('c3', 'n3', 'c1')],
});
const two = aMeshSpec({ clusters: three.clusters.slice(0, 2) });

describe('a changed file', () => {
  test('that asks for the same removes nothing', () => {
    expect(removalsOf(planAfter(three, three))).toEqual([]);
    expect(removalsOf(planAfter(two, three))).toEqual([]);
  });

  test('without a cluster takes its remote secret at once, itself when all else is there, and forgets it last', () => {
    const plan = planAfter(three, two);
    expect(removalsOf(plan).map(({ id }) => id)).toEqual([
      'c1/remove-remote-secret-c3',
      'c3/remove-cluster',
    ]);
    expect(needsOf(plan, 'c1/remove-remote-secret-c3')).toEqual([]);
    // else c3 would be on a network without a gateway, and be called directly
    expect(needsOf(plan, 'c1/apply-control-plane')).toContain('c1/remove-remote-secret-c3');
    expect(needsOf(plan, 'c3/remove-cluster')).toEqual(
      expect.arrayContaining(['c1/remove-remote-secret-c3', 'c2/await-gateway']),
    );
    expect(needsOf(plan, 'mesh/forget')).toEqual(['mesh/remember', 'c3/remove-cluster']);
    expect(needsOf(plan, 'mesh/verify-traffic')).toContain('mesh/forget');
    const remembered = plan.steps.find(({ id }) => id === 'mesh/remember');
    expect(remembered).toMatchObject({
      input: { record: { members: [{ name: 'c1' }, { name: 'c2' }, { name: 'c3' }] } },
    });
  });

  test('without a cluster is done only when somebody agreed: to the plan itself, or to removals', () => {
    const { digest, summary } = planAfter(three, two);
    expect(summary).toContain('c3 · leaves the mesh · everything of the mesh in it is removed');
    const without =
      (consent: PlanConsent): (() => Plan) =>
      () =>
        planAfter(three, two, consent);
    expect(without({ mayRemove: false })).toThrow('the file no longer names c3');
    expect(without({ mayRemove: true })).not.toThrow();
    expect(without({ mayRemove: false, confirmedDigest: digest })).not.toThrow();
    expect(() => planAfter(two, two, { mayRemove: false })).not.toThrow();
  });

  test('without a cluster that is gone for good forgets it without going there', () => {
    const plan = planAfter(three, two, { forget: ['c3'] });
    expect(removalsOf(plan).map(({ id }) => id)).toEqual(['c1/remove-remote-secret-c3']);
    expect(needsOf(plan, 'mesh/forget')).toEqual(['mesh/remember']);
  });

  test('counts a cluster that an uninstall left behind among those that have left, unless it names it', () => {
    const remembered = [{ name: 'c3', context: 'c3', uid: '' }];
    const plan = planAfter(two, two, { remembered });
    expect(removalsOf(plan)).toMatchObject([{ id: 'c3/remove-cluster', input: { uid: null } }]);
    expect(() => planAfter(two, two, { remembered, mayRemove: false })).toThrow(
      'no longer names c3',
    );
    expect(removalsOf(planAfter(two, two, { remembered, forget: ['c3'] }))).toEqual([]);
    expect(removalsOf(planAfter(three, three, { remembered }))).toEqual([]);
  });

  test('takes a cluster for the same under another name, when nothing in it remembers the former one', () => {
    const remembered = [{ name: 'c9', context: 'c1', uid: 'uid-c1' }];
    const plan = planInstall(two, factsOf(two, uidsOf(two)), sha256, { remembered });
    expect(removalsOf(plan)).toEqual([]);
  });

  test('on one network instead of two gives the gateways up once everything else is there', () => {
    const flat = aMeshSpec({
      clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n1')],
    });
    const separate = aMeshSpec({ clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n2')] });
    const plan = planAfter(separate, flat);
    expect(removalsOf(plan).map(({ id }) => id)).toEqual([
      'c1/remove-gateway-service',
      'c1/remove-expose-services',
      'c1/remove-gateway',
      'c2/remove-gateway-service',
      'c2/remove-expose-services',
      'c2/remove-gateway',
    ]);
    expect(needsOf(plan, 'c1/remove-gateway')).toEqual(
      expect.arrayContaining(['c1/await-mesh-sync', 'c2/await-mesh-sync']),
    );
  });

  test('without a gateway at the edge removes that gateway and no other', () => {
    const edge = aCluster('c1', 'n1', undefined, { gateways: ['ingress', 'egress'] });
    const [before, after] = [edge, { ...edge, gateways: ['ingress' as const] }].map((cluster) =>
      aMeshSpec({ clusters: [cluster, aCluster('c2', 'n2')] }),
    ) as [MeshSpec, MeshSpec];
    expect(removalsOf(planAfter(before, before))).toEqual([]);
    expect(removalsOf(planAfter(before, after)).map(({ id }) => id)).toEqual([
      'c1/remove-egress-gateway-service',
      'c1/remove-egress-gateway',
    ]);
  });

  test('with a control plane less takes away the remote secrets that it held', () => {
    const before = aMeshSpec({ clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n2')] });
    const after = aMeshSpec({ clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n2', 'c1')] });
    expect(removalsOf(planAfter(before, after)).map(({ id }) => id)).toEqual([
      'c2/remove-remote-secret-c1',
      'c2/remove-expose-services',
    ]);
  });

  test.each<[string, MeshSpec, string]>([
    [
      'another revision',
      aMeshSpec({ istio: { revision: 'canary' } }),
      'istio.revision of mesh mesh1',
    ],
    ['another trust domain', aMeshSpec({ trustDomain: 'other.test' }), 'trustDomain of mesh mesh1'],
    ['another topology', aMeshSpec({ topology: 'replicated' }), 'topology of mesh mesh1'],
  ])('with %s is refused with the reason', (_, after, says) => {
    expect(() => planAfter(aMeshSpec(), after)).toThrow(says);
  });

  test('that moves the mesh into another namespace is refused, naming the one that it is in', () => {
    const moved = aMeshSpec({ istio: { namespace: 'istio-b' } });
    const facts = factsOf(moved, { cluster2: { otherHome: 'istio-a' } });
    expect(() => planInstall(moved, facts, sha256)).toThrow(
      'istio.namespace of mesh mesh1 is istio-a in cluster2 and istio-b in the file',
    );
  });

  test('that exchanges the contexts of two members is refused, for each would be made what the other is', () => {
    const mesh = aMeshSpec();
    const facts = factsOf(mesh, {
      cluster1: { knownAs: 'cluster2' },
      cluster2: { knownAs: 'cluster1' },
    });
    expect(() => planInstall(mesh, facts, sha256)).toThrow(
      'the context of cluster1 leads to the cluster that is cluster2 of the mesh',
    );
  });

  test('that gives a cluster another name is refused, before the cluster is taken for one that left', () => {
    const before = aMeshSpec();
    const plan = (): Plan =>
      planInstall(
        before,
        factsOf(before, {
          ...uidsOf(before),
          cluster2: {
            uid: 'uid-old',
            leavers: [{ name: 'old', context: 'old', uid: 'uid-old' }],
          },
        }),
        sha256,
      );
    expect(plan).toThrow('cluster cluster2 of the file is old of the mesh');
  });

  test('with two names for one cluster is refused', () => {
    const spec = aMeshSpec();
    const uid = 'uid-1';
    expect(() =>
      planInstall(spec, factsOf(spec, { cluster1: { uid }, cluster2: { uid } }), sha256),
    ).toThrow('the contexts of cluster1 and cluster2 lead to the same cluster');
  });
});
