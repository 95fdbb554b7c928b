import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { planInstallStep } from '../../../../activities/planning/plan-install.ts';
import type { ClusterFacts } from '../../../../mesh/plan/cluster-facts.ts';
import { type PlanConsent, planInstall } from '../../../../mesh/plan/install-plan.ts';
import type { Plan, PlanStep } from '../../../../mesh/plan/plan.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const spec = aMeshSpec({
  clusters: [
    aCluster('east', 'n1'),
    aCluster('north', 'n2'),
    aCluster('north2', 'n2', 'north'),
    aCluster('south', 'n3', 'east'),
  ],
  networks: ['n1', 'n2', 'n3'].map((name) => ({ name, gateways: 'meshNetworks' })),
});
const NORTH = ['north', 'north2'];

type More = { [cluster: string]: Partial<ClusterFacts> };

/** Plans with facts of those that are not away, as the workflow has them. */
function planWithout(
  away: string[],
  more: More = {},
  { of = spec, ...consent }: PlanConsent & { of?: MeshSpec } = {},
): Plan {
  const facts = factsOf(of, more).filter(({ cluster }) => !away.includes(cluster));
  return planInstall(of, facts, sha256, { ...consent, away });
}

function stepOf<K extends PlanStep['kind']>(
  plan: Plan,
  kind: K,
  cluster: string | null,
): Extract<PlanStep, { kind: K }> {
  const found = plan.steps.find((step) => step.kind === kind && step.cluster === cluster);
  if (found === undefined) throw new Error(`no step ${kind} in ${cluster ?? 'the mesh'}`);
  return found as Extract<PlanStep, { kind: K }>;
}

const idsOf = (plan: Plan): string[] => plan.steps.map(({ id }) => id);

describe('a plan without clusters that are away', () => {
  test('makes no remote secret of them or in them, and waits for no sync with them', () => {
    const ids = idsOf(planWithout(NORTH));
    expect(ids).toContain('south/create-remote-secret');
    expect(ids.filter((id) => id.startsWith('north') || id.includes('in-north'))).toEqual([]);
    expect(ids).not.toContain('east/await-mesh-sync');
  });

  test('waits for the sync with those that are left', () => {
    const { input, needs } = stepOf(planWithout(['north2']), 'awaitMeshSync', 'east');
    expect(input.clusters).toEqual(['north']);
    expect(needs).toEqual(['east/await-control-plane', 'north/create-remote-secret-in-east']);
  });

  test('sets up control planes for all remotes that the file names', () => {
    const { input } = stepOf(planWithout(['south']), 'applyControlPlane', 'east');
    expect(input.remotes).toEqual(['south']);
  });

  test('says of listed networks which clusters are away', () => {
    const plan = planWithout(['north2']);
    const networks = [
      { name: 'n1', clusters: [{ name: 'east', context: 'kind-east' }] },
      {
        name: 'n2',
        clusters: [
          { name: 'north', context: 'kind-north' },
          { name: 'north2', context: 'kind-north2', away: true },
        ],
      },
      { name: 'n3', clusters: [{ name: 'south', context: 'kind-south' }] },
    ];
    expect(stepOf(plan, 'patchMeshNetworks', 'south').input.meshNetworks).toEqual(networks);
    expect(stepOf(plan, 'applyControlPlane', 'east').input.meshNetworks).toEqual(networks);
  });

  test('leaves stub Services alone, since nobody knows which are needed', () => {
    const of: MeshSpec = { ...spec, nameResolution: 'stubServices' };
    expect(idsOf(planInstall(of, factsOf(of), sha256))).toContain('east/stub-services');
    const facts = { east: { components: ['stub-services'] } };
    expect(idsOf(planWithout(NORTH, facts, { of })).filter((id) => id.includes('stub'))).toEqual(
      [],
    );
  });

  test('follows what was followed before, those that are away with it', () => {
    const whole = planInstall(spec, factsOf(spec), sha256);
    expect(stepOf(planWithout(NORTH), 'followMesh', null)).toEqual(
      stepOf(whole, 'followMesh', null),
    );
  });

  test('takes no notice of facts that were read before a cluster went away', () => {
    const facts = factsOf(spec, {
      north2: { rootFingerprint: 'aa' },
      east: { rootFingerprint: 'bb' },
    });
    expect(planInstall(spec, facts, sha256, { away: NORTH })).toEqual(
      planWithout(NORTH, { east: { rootFingerprint: 'bb' } }),
    );
    expect(() => planInstall(spec, facts, sha256)).toThrow('2 different root certificates');
  });

  test('is refused for two roots among those that are left', () => {
    const roots = { east: { rootFingerprint: 'aa' }, south: { rootFingerprint: 'bb' } };
    expect(() => planWithout(NORTH, roots)).toThrow('2 different root certificates');
  });

  test('says who is away, and who waits for whom', () => {
    const { summary } = planWithout(NORTH);
    expect(summary).toContain('north is away: it is attached when it can be reached');
    expect(summary).toContain('north2 waits for its primary north');
    expect(summary).toContain(
      'traffic · verified between the other clusters at the end, between all when nobody is away',
    );
    expect(summary[0]).toContain('4 clusters on 3 networks');
  });

  test('comes out of the activity', async () => {
    const facts = factsOf(spec).filter(({ cluster }) => !NORTH.includes(cluster));
    const input = { spec, facts, confirmedDigest: null, mayRemove: true };
    const { plan } = await planInstallStep({ ...input, away: NORTH });
    expect(plan?.digest).toBe(planWithout(NORTH).digest);
  });
});

describe('what a mesh remembers while a cluster is away', () => {
  const uid = 'uid-north';

  test('is kept of that cluster, and of those that leave', () => {
    const leaver = { name: 'west', context: 'kind-west', uid: 'uid-west' };
    const { input, needs } = stepOf(
      planWithout(NORTH, { east: { leavers: [leaver] } }),
      'recordMesh',
      null,
    );
    expect(input.away).toEqual(NORTH);
    expect(input.record.members.map(({ name }) => name)).toEqual(['east', 'south', 'west']);
    expect(input.clusters.map(({ name }) => name)).toEqual(['east', 'south']);
    expect(needs).toEqual(['east/prepare-namespace', 'south/prepare-namespace']);
  });

  test('holds a cluster that an uninstall left behind', () => {
    const remembered = [{ name: 'north', context: 'kind-north', uid }];
    const { input } = stepOf(planWithout(NORTH, {}, { remembered }), 'recordMesh', null);
    expect(input.record.members).toContainEqual(remembered[0]);
  });
});

describe('what a file no longer has', () => {
  const leavers = [{ name: 'west', context: 'kind-west', uid: 'uid-west' }];
  const more = { east: { leavers, components: ['base', 'expose-old'] } };

  test('is removed only when no cluster is away, and the summary says so', () => {
    expect(idsOf(planInstall(spec, factsOf(spec, more), sha256))).toEqual(
      expect.arrayContaining(['east/remove-expose-old', 'west/remove-cluster', 'mesh/forget']),
    );
    const plan = planWithout(NORTH, more);
    expect(idsOf(plan).filter((id) => /remove-|forget/u.test(id))).toEqual([]);
    expect(plan.summary).toEqual(
      expect.arrayContaining([
        'east · expose-old · no longer asked for, removed when no cluster is away',
        'west · leaves the mesh · everything of the mesh in it is removed when no cluster is away',
      ]),
    );
  });

  test('is not installed over without consent to its removal later', () => {
    expect(() => planWithout(NORTH, more, { mayRemove: false })).toThrow('no longer names west');
  });
});

describe('traffic that was verified', () => {
  const verified = (plan: Plan, clusters: string[]): More => {
    const { specDigest } = stepOf(plan, 'verifyTraffic', null).input;
    return Object.fromEntries(clusters.map((name) => [name, { verifiedDigest: specDigest }]));
  };
  const names = spec.clusters.map(({ name }) => name);
  const whenOf = (plan: Plan): string => stepOf(plan, 'verifyTraffic', null).when;
  const whole = (more: More = {}): Plan => planInstall(spec, factsOf(spec, more), sha256);

  test('between the clusters that are left counts for them, not for the whole mesh', () => {
    const { input } = stepOf(planWithout(NORTH), 'verifyTraffic', null);
    expect(input.clusters.map(({ name }) => name)).toEqual(['east', 'south']);
    expect(input.recordIn).toEqual(input.clusters);
    expect(Object.keys(input.networks ?? {})).toEqual(['east', 'south']);
    const more = verified(planWithout(NORTH), names);
    expect(whenOf(planWithout(NORTH, more))).toBe('changed');
    expect(whenOf(planWithout(['north2'], more))).toBe('always');
    expect(whenOf(whole(more))).toBe('always');
  });

  test('between all clusters counts for any of them', () => {
    const more = verified(whole(), names);
    expect(whenOf(whole(more))).toBe('changed');
    expect(whenOf(planWithout(NORTH, more))).toBe('changed');
  });
});

describe('a plan is a defect of the caller', () => {
  test('when it was confirmed with clusters that are away', () => {
    const { digest } = planWithout(NORTH);
    expect(() => planWithout(NORTH, {}, { confirmedDigest: digest })).toThrow(
      `plan ${digest} was confirmed with north, north2, which are away now`,
    );
  });

  test('when a remote is not set aside with its primary, or nothing is left', () => {
    expect(() => planWithout(['north'])).toThrow(
      'north cannot be set aside: without such a cluster go north, north2',
    );
    expect(() => planWithout(names(spec))).toThrow('cannot be set aside');
    expect(() => planWithout(['west'])).toThrow('west cannot be set aside');
  });

  test('when there are no facts of a cluster that is not away', () => {
    expect(() => planInstall(spec, factsOf(spec).slice(1), sha256, { away: NORTH })).toThrow(
      'no facts were read from east',
    );
  });
});

function names({ clusters }: MeshSpec): string[] {
  return clusters.map(({ name }) => name);
}
