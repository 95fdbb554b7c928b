import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '../../../../mesh/canonical-json.ts';
import { isMeshFailure } from '../../../../mesh/failure.ts';
import type { MeshFailure } from '../../../../mesh/failure.ts';
import type { ClusterFacts } from '../../../../mesh/plan/cluster-facts.ts';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import { planFaults } from '../../../../mesh/plan/plan-faults.ts';
import type { Plan, PlanStep } from '../../../../mesh/plan/plan.ts';
import { precheckSteps } from '../../../../mesh/plan/precheck-steps.ts';
import type { StepInputs, StepKind } from '../../../../mesh/plan/step-inputs.ts';
import { verifySteps } from '../../../../mesh/plan/verify-plan.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const digestOf = (spec: MeshSpec): string => sha256(canonicalJson(spec));
const planOf = (spec: MeshSpec, more: { [cluster: string]: Partial<ClusterFacts> } = {}): Plan =>
  planInstall(spec, factsOf(spec, more), sha256);

describe('the plan of an install', () => {
  test('is the same for the same spec and facts', () => {
    expect(planOf(aMeshSpec())).toEqual(
      planOf(JSON.parse(JSON.stringify(aMeshSpec())) as MeshSpec),
    );
  });

  test('has the first twelve digits of the digest of its steps as its digest', () => {
    const plan = planOf(aMeshSpec());
    expect(plan.digest).toBe(sha256(canonicalJson(plan.steps)).slice(0, 12));
  });

  test('has another digest when any step differs', () => {
    const longer = aMeshSpec();
    longer.timeouts = { ...longer.timeouts, gatewayAddressMs: 1000 };
    const specs = [
      aMeshSpec(),
      longer,
      aMeshSpec({ istio: { values: { a: 1 } } }),
      aMeshSpec({ name: 'other' }),
    ];
    expect(new Set(specs.map((spec) => planOf(spec).digest)).size).toBe(specs.length);
  });

  test('warns of clocks that differ, and is otherwise the same', () => {
    const skewed = planOf(aMeshSpec(), {
      cluster1: { clockAheadMs: 61_000 },
      cluster2: { clockAheadMs: -600_000 },
    });
    expect(skewed.digest).toBe(planOf(aMeshSpec()).digest);
    expect(skewed.summary.filter((line) => line.startsWith('clock'))).toEqual([
      'clock · cluster1 is 1 minute ahead of the worker: certificates and tokens may count as expired or not valid yet; set its clock',
      'clock · cluster2 is 10 minutes behind the worker: certificates and tokens may count as expired or not valid yet; set its clock',
    ]);
  });

  test('does not change the spec it is made from, nor share overlays with it', () => {
    const spec = aMeshSpec({ istio: { values: { pilot: { env: { A: 'a' } } } } });
    const before = structuredClone(spec);
    planOf(spec);
    expect(spec).toEqual(before);
  });

  test('lays a cluster’s overlays over the mesh’s: maps merged, lists replaced, null kept', () => {
    const [one, two] = [
      aCluster('cluster1', 'network1'),
      aCluster('cluster2', 'network2', 'cluster1', {
        values: { a: { x: 2, list: [3] }, b: null },
        meshConfig: { m: 2 },
      }),
    ];
    const istio = { values: { a: { x: 1, y: 1, list: [1, 2] }, b: 1 }, meshConfig: { m: 1, n: 1 } };
    const { steps } = planOf(aMeshSpec({ clusters: [one, two], istio }));
    expect(inputOf(steps, 'cluster1/apply-control-plane', 'applyControlPlane').istio).toMatchObject(
      istio,
    );
    const overlaid = {
      values: { a: { x: 2, y: 1, list: [3] }, b: null },
      meshConfig: { m: 2, n: 1 },
    };
    expect(inputOf(steps, 'cluster2/apply-base', 'applyBase').istio).toMatchObject(overlaid);
    expect(
      inputOf(steps, 'cluster2/apply-remote-control-plane', 'applyRemoteControlPlane').istio,
    ).toMatchObject(overlaid);
    expect(inputOf(steps, 'cluster2/apply-gateway', 'applyGateway').istio).toMatchObject(overlaid);
  });

  test('makes gateways at the edge beside that of the topology, and waits for the address of the ingress only', () => {
    const edge = aCluster('cluster1', 'network1', undefined, { gateways: ['egress', 'ingress'] });
    const { steps, summary } = planOf(aMeshSpec({ clusters: [edge] }));
    const roles = steps
      .filter((step) => step.id.includes('gateway'))
      .map(({ id, input }) => [id.replace('cluster1/', ''), 'role' in input ? input.role : null]);
    expect(Object.fromEntries(roles)).toEqual({
      'apply-egress-gateway-service': 'egress',
      'apply-ingress-gateway-service': 'ingress',
      'await-ingress-gateway-address': 'ingress',
      'apply-egress-gateway': 'egress',
      'await-egress-gateway': 'egress',
      'apply-ingress-gateway': 'ingress',
      'await-ingress-gateway': 'ingress',
    });
    expect(summary[1]).toMatch(/ · egress and ingress at the edge$/);
  });

  test('carries resources once, in a step of their own', () => {
    const resources = [
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'PeerAuthentication',
        metadata: { name: 'marked' },
      },
    ];
    const { steps } = planOf(aMeshSpec({ istio: { resources } }));
    const carriers = steps
      .filter((step) => JSON.stringify(step).includes('marked'))
      .map((step) => step.id);
    expect(carriers).toEqual(['cluster1/apply-resources']);
  });

  test('names in the remote’s namespace the control plane that serves it, and none in the primary’s', () => {
    const { steps } = planOf(aMeshSpec());
    expect(
      inputOf(steps, 'cluster1/prepare-namespace', 'prepareNamespace').controlPlaneClusters,
    ).toEqual([]);
    expect(
      inputOf(steps, 'cluster2/prepare-namespace', 'prepareNamespace').controlPlaneClusters,
    ).toEqual(['cluster1']);
    expect(inputOf(steps, 'cluster1/apply-control-plane', 'applyControlPlane').remotes).toEqual([
      'cluster2',
    ]);
  });

  test('lists in meshNetworks only the networks whose gateways are listed, with all their clusters', () => {
    const spec = aMeshSpec({
      clusters: [
        aCluster('c1', 'n1'),
        aCluster('c2', 'n2', 'c1'),
        aCluster('c3', 'n2', 'c1'),
        aCluster('c4', 'n3', 'c1'),
      ],
      networks: [
        { name: 'n1', gateways: 'discovered' },
        { name: 'n2', gateways: 'meshNetworks' },
        { name: 'n3', gateways: 'discovered' },
      ],
    });
    const { steps } = planOf(spec);
    const listed = [
      {
        name: 'n2',
        clusters: [
          { name: 'c2', context: 'kind-c2' },
          { name: 'c3', context: 'kind-c3' },
        ],
      },
    ];
    expect(
      steps.filter((step) => step.kind === 'patchMeshNetworks').map((step) => step.id),
    ).toEqual(['c2/patch-mesh-networks', 'c3/patch-mesh-networks']);
    expect(inputOf(steps, 'c3/patch-mesh-networks', 'patchMeshNetworks')).toMatchObject({
      primary: { name: 'c1' },
      network: 'n2',
      meshNetworks: listed,
    });
    expect(inputOf(steps, 'c1/apply-control-plane', 'applyControlPlane').meshNetworks).toEqual(
      listed,
    );
    expect(
      inputOf(steps, 'c2/apply-remote-control-plane', 'applyRemoteControlPlane').meshNetworks,
    ).toBeNull();
    expect(
      inputOf(planOf(aMeshSpec()).steps, 'cluster1/apply-control-plane', 'applyControlPlane')
        .meshNetworks,
    ).toBeNull();
  });

  test('hands the root that is there already to every CA secret', () => {
    const { steps } = planOf(aMeshSpec(), { cluster2: { rootFingerprint: 'aa' } });
    expect(inputOf(steps, 'cluster1/create-ca-secret', 'createCaSecret').rootFingerprint).toBe(
      'aa',
    );
    expect(
      inputOf(planOf(aMeshSpec()).steps, 'cluster1/create-ca-secret', 'createCaSecret')
        .rootFingerprint,
    ).toBeNull();
  });

  test('makes CA secrets after the namespace of the root’s home', () => {
    const { steps } = planOf(aMeshSpec({ trust: { source: 'generated', home: 'cluster1' } }));
    expect(stepOf(steps, 'cluster2/create-ca-secret').needs).toEqual([
      'cluster2/prepare-namespace',
      'cluster1/prepare-namespace',
    ]);
    expect(inputOf(steps, 'cluster2/create-ca-secret', 'createCaSecret').home).toEqual({
      name: 'cluster1',
      context: 'kind-cluster1',
    });
    expect(stepOf(steps, 'cluster1/create-ca-secret').needs).toEqual([
      'cluster1/prepare-namespace',
    ]);
  });

  test('verifies traffic at the end of everything, with the digest of the spec', () => {
    const spec = aMeshSpec();
    const { steps } = planOf(spec);
    const verify = stepOf(steps, 'mesh/verify-traffic');
    // the sync yields to the install, so nothing waits for the hand-over to it
    expect(before(steps, verify.id).size).toBe(steps.length - 2);
    expect(inputOf(steps, verify.id, 'verifyTraffic')).toMatchObject({
      specDigest: digestOf(spec),
      limitMs: 180_000,
    });
  });

  test('verifies traffic only after a change when every cluster was verified with this very spec', () => {
    const spec = aMeshSpec();
    const verifiedDigest = digestOf(spec);
    const whenOf = (more: { [cluster: string]: Partial<ClusterFacts> }): string =>
      stepOf(planOf(spec, more).steps, 'mesh/verify-traffic').when;
    expect(whenOf({ cluster1: { verifiedDigest }, cluster2: { verifiedDigest } })).toBe('changed');
    expect(whenOf({ cluster1: { verifiedDigest } })).toBe('always');
    expect(whenOf({ cluster1: { verifiedDigest }, cluster2: { verifiedDigest: 'another' } })).toBe(
      'always',
    );
    expect(planOf(spec).steps.filter((step) => step.when === 'changed')).toEqual([]);
  });

  test('says in its summary what is there and what comes', () => {
    const plan = planOf(aMeshSpec({ istio: { revision: 'canary' } }), {
      cluster1: {
        istio: { state: 'ours', version: '1.30.3' },
        gatewayAddresses: ['198.51.100.7'],
        rootFingerprint: 'ab'.repeat(32),
      },
      cluster2: { istio: { state: 'ours', version: '1.30.4' } },
    });
    expect(plan.summary).toEqual([
      'mesh mesh1 · primary-remote · 2 clusters on 2 networks · Istio 1.30.4 revision canary',
      'cluster1 · primary · network1 · Kubernetes v1.36.3 · Istio 1.30.3 → 1.30.4 · gateway 198.51.100.7',
      'cluster2 · remote of cluster1 · network2 · Kubernetes v1.36.3 · Istio 1.30.4 · gateway new',
      'trust · root CA sha256:abababababababab… · 1 intermediate to make',
      'network network1 · gateways discovered by label',
      'network network2 · gateways discovered by label',
      'traffic · verified between all clusters at the end',
    ]);
  });

  test('says of a remote, in which no version can be read, what its primary serves', () => {
    const versionOf = (found: string | null): string | undefined =>
      planOf(aMeshSpec(), {
        cluster1: { istio: { state: 'ours', version: found } },
        cluster2: { istio: { state: 'ours', version: null } },
      }).summary.find((line) => line.startsWith('cluster2 '));
    expect(versionOf('1.30.4')).toContain('· Istio 1.30.4 ·');
    expect(versionOf('1.30.3')).toContain('· Istio 1.30.3 → 1.30.4 ·');
    expect(versionOf(null)).toContain('· Istio unknown version → 1.30.4 ·');
  });

  test.each([2, 10, 50])(
    'is sound with %d clusters, and each cluster adds the same steps and needs',
    (size) => {
      const remotes = Array.from({ length: size - 1 }, (_, index) =>
        aCluster(`r${index}`, `n${index}`, 'p'),
      );
      const { steps } = planOf(aMeshSpec({ clusters: [aCluster('p', 'home'), ...remotes] }));
      expect(planFaults(steps)).toEqual([]);
      expect(steps.length).toBe(12 + 11 * (size - 1) + 3);
      const needsOf = (name: string): number =>
        steps.filter((step) => step.cluster === name).flatMap((step) => step.needs).length;
      expect(needsOf('r0')).toBeGreaterThan(0);
      expect(new Set(remotes.map(({ name }) => needsOf(name)))).toEqual(new Set([needsOf('r0')]));
    },
  );

  test('makes no cluster wait for another but for its control plane', () => {
    const clusters = [
      aCluster('p', 'n0'),
      ...['r1', 'r2', 'r3'].map((name) => aCluster(name, `n-${name}`, 'p')),
    ];
    const { steps } = planOf(aMeshSpec({ clusters }));
    const foreign = steps
      .filter((step) => step.cluster !== null)
      .flatMap((step) =>
        [...before(steps, step.id)].filter(
          (id) => !id.startsWith(`${step.cluster}/`) && !id.startsWith('p/'),
        ),
      );
    expect(foreign).toEqual([]);
    const primaryWaits = [...before(steps, 'p/await-gateway')].filter((id) => !id.startsWith('p/'));
    expect(primaryWaits).toEqual([]);
  });
});

describe('an install is refused', () => {
  test('before anything is written when two clusters hold different roots, naming both', () => {
    const failure = refusalOf(aMeshSpec(), {
      cluster1: { rootFingerprint: 'aa' },
      cluster2: { rootFingerprint: 'bb' },
    });
    expect(failure.type).toBe('TrustMismatch');
    expect(failure.message).toBe(
      "the clusters' cacerts hold 2 different root certificates, and a mesh has one: sha256:aa in cluster1; sha256:bb in cluster2",
    );
    expect(failure.details.lines).toEqual(['sha256:aa in cluster1', 'sha256:bb in cluster2']);
    expect(failure.details.cure).toContain('retry');
  });

  test('not when all clusters hold one root, or only some hold any', () => {
    expect(() =>
      planOf(aMeshSpec(), {
        cluster1: { rootFingerprint: 'aa' },
        cluster2: { rootFingerprint: 'aa' },
      }),
    ).not.toThrow();
    expect(() => planOf(aMeshSpec(), { cluster2: { rootFingerprint: 'aa' } })).not.toThrow();
  });

  test('when certificates should be there and are not', () => {
    const failure = refusalOf(aMeshSpec({ trust: { source: 'existing' } }), {
      cluster1: { rootFingerprint: 'aa' },
    });
    expect(failure.type).toBe('TrustMismatch');
    expect(failure.message).toBe(
      'trust.source is existing, but there is no valid Secret istio-system/cacerts in cluster2',
    );
    expect(failure.details).toMatchObject({
      cluster: 'cluster2',
      object: 'Secret istio-system/cacerts',
    });
    expect(failure.details.cure).toContain('trust.source: generated');
  });

  test('when a remote’s API server is a loopback address to everybody else', () => {
    const clusters = [
      aCluster('cluster1', 'n1'),
      aCluster('cluster2', 'n2', 'cluster1', { apiServer: null }),
    ];
    const failure = refusalOf(aMeshSpec({ clusters }), {
      cluster2: { contextServer: 'https://127.0.0.1:40123' },
    });
    expect(failure.type).toBe('PrecheckFailed');
    expect(failure.message).toBe(
      'the API server of cluster2 is https://127.0.0.1:40123 in context kind-cluster2, a loopback address that istiod in cluster1 cannot reach',
    );
    expect(failure.details).toEqual({
      cluster: 'cluster2',
      cure: "set clusters[1].apiServer to the address of cluster2's API server as pods of cluster1 reach it, e.g. https://172.18.0.3:6443",
    });
  });

  test('for all loopback API servers at once', () => {
    const remote = (name: string) => aCluster(name, name, 'p', { apiServer: null });
    const contextServer = 'https://localhost:6443';
    const failure = refusalOf(
      aMeshSpec({ clusters: [aCluster('p', 'n'), remote('a'), remote('b')] }),
      {
        a: { contextServer },
        b: { contextServer },
      },
    );
    expect(failure.details.cluster).toBe('a');
    expect(failure.details.lines).toEqual([expect.stringContaining('set clusters[2].apiServer')]);
  });

  test('not for a primary’s own loopback address, which nobody else dials', () => {
    const clusters = [
      aCluster('cluster1', 'n1', undefined, { apiServer: null }),
      aCluster('cluster2', 'n2', 'cluster1'),
    ];
    expect(() =>
      planOf(aMeshSpec({ clusters }), {
        cluster1: { contextServer: 'https://127.0.0.1:6443' },
        cluster2: { contextServer: 'https://127.0.0.1:6444' },
      }),
    ).not.toThrow();
  });

  test('when the plan is not the confirmed one', () => {
    const spec = aMeshSpec();
    const { digest } = planOf(spec);
    expect(planInstall(spec, factsOf(spec), sha256, { confirmedDigest: digest }).digest).toBe(
      digest,
    );
    const failure = failureOf(() =>
      planInstall(spec, factsOf(spec), sha256, { confirmedDigest: '000000000000' }),
    );
    expect(failure.type).toBe('PlanChanged');
    expect(failure.message).toBe(`the plan is now ${digest}, not 000000000000 as confirmed`);
  });

  test('when overlays make the plan larger than Temporal carries', () => {
    const failure = refusalOf(aMeshSpec({ istio: { values: { blob: 'x'.repeat(400_000) } } }), {});
    expect(failure.type).toBe('InvalidMeshSpec');
    expect(failure.details.cure).toContain('shorten values');
  });

  test('as a defect of ours, not as a failure of the mesh, when a cluster’s facts are missing', () => {
    expect(() => planInstall(aMeshSpec(), [], sha256)).toThrow(
      'no facts were read from cluster1, cluster2',
    );
  });
});

test('prechecks run at once, before the plan that needs them all', () => {
  const spec = aMeshSpec();
  const steps = precheckSteps(spec, { confirmedDigest: 'abc', mayRemove: false });
  expect(steps.map(({ id, needs }) => ({ id, needs }))).toEqual([
    { id: 'cluster1/precheck', needs: [] },
    { id: 'cluster2/precheck', needs: [] },
    { id: 'mesh/plan', needs: ['cluster1/precheck', 'cluster2/precheck'] },
  ]);
  expect(inputOf(steps, 'mesh/plan', 'planInstall')).toEqual({
    spec,
    facts: [],
    confirmedDigest: 'abc',
    mayRemove: false,
  });
  expect(inputOf(steps, 'cluster2/precheck', 'precheck')).toMatchObject({
    role: 'remote',
    istioVersion: '1.30.4',
  });
});

test('a verification on its own is one step that records nothing', () => {
  const spec = aMeshSpec();
  const [step, ...more] = verifySteps(spec, 'digest');
  expect(more).toEqual([]);
  expect(step).toMatchObject({
    id: 'mesh/verify-traffic',
    needs: [],
    when: 'always',
    input: { recordIn: [], specDigest: 'digest' },
  });
});

test('titles fit the summary of an activity, however long the names of clusters are', () => {
  const names = ['a', 'b'].map((letter) => letter.repeat(63));
  const { steps } = planOf(aMeshSpec({ clusters: names.map((name) => aCluster(name, name)) }));
  expect(Math.max(...steps.map((step) => step.title.length))).toBe(60);
});

function stepOf(steps: readonly PlanStep[], id: string): PlanStep {
  const step = steps.find((candidate) => candidate.id === id);
  if (step === undefined) throw new Error(`the plan has no step ${id}`);
  return step;
}

function inputOf<K extends StepKind>(
  steps: readonly PlanStep[],
  id: string,
  kind: K,
): StepInputs[K] {
  const step = stepOf(steps, id);
  expect(step.kind).toBe(kind);
  return step.input as StepInputs[K];
}

/** Everything that is done before a step. */
function before(steps: readonly PlanStep[], id: string): Set<string> {
  const done = new Set<string>();
  const waiting = [...stepOf(steps, id).needs];
  for (let need = waiting.pop(); need !== undefined; need = waiting.pop()) {
    if (done.has(need)) continue;
    done.add(need);
    waiting.push(...stepOf(steps, need).needs);
  }
  return done;
}

function refusalOf(
  spec: MeshSpec,
  more: { [cluster: string]: Partial<ClusterFacts> },
): MeshFailure {
  return failureOf(() => planOf(spec, more));
}

function failureOf(act: () => unknown): MeshFailure {
  try {
    act();
  } catch (error) {
    if (isMeshFailure(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
