import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';
import type { ClusterFacts } from '../../../../mesh/plan/cluster-facts.ts';
import { clustersOfStep } from '../../../../mesh/plan/clusters-of-step.ts';
import { componentOf } from '../../../../mesh/plan/components.ts';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import { planFaults } from '../../../../mesh/plan/plan-faults.ts';
import type { PlanStep } from '../../../../mesh/plan/plan.ts';
import { canGoOnWithout, setAside } from '../../../../mesh/plan/quarantine.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { parseMeshFile } from '../../../../mesh/spec/parse-mesh-file.ts';
import { factsOf } from '../../../support/a-mesh-spec.ts';
import { randomFrom } from '../../../support/seeded-random.ts';
import { type ShapedCluster, shapeClusters } from '../../../support/shape-a-mesh.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const EXAMPLES = new URL('../../../../examples/', import.meta.url);
const FILES = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));
const FIVE = readFileSync(new URL('mixed-five-clusters.yaml', EXAMPLES), 'utf8');
/** Shapes are drawn from seeds that are part of the tests' names. */
const SEEDS = Array.from({ length: 8 }, (_, index) => `shape ${index}`);

function specOf(text: string): MeshSpec {
  const parsed = parseMeshFile(text, 'mesh.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
}

/** Five clusters: whose remote each is, on which network, found in which way. */
function shaped(seed: string): MeshSpec {
  const random = randomFrom(seed);
  const pick = <T>(...from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const names = ['east1', 'east2', 'east3', 'west1', 'west2'];
  const primaries = names.filter((_, index) => index === 0 || random() < 0.4);
  const shape = Object.fromEntries(
    names.map((name): [string, ShapedCluster] => [
      name,
      {
        network: pick('net-east', 'net-west', 'net-north'),
        controlPlane: primaries.includes(name)
          ? 'primary'
          : {
              remote: pick(...primaries),
              discovery: pick('gateway', 'loadBalancer'),
              injector: pick('primary', 'local'),
            },
        gateways: pick([], ['ingress']),
      },
    ]),
  );
  const document = parseDocument(FIVE);
  shapeClusters(document, shape, pick('discovered', 'meshNetworks'));
  document.setIn(['spec', 'nameResolution'], pick('cluster', 'stubServices', 'dnsCapture'));
  return specOf(document.toString());
}

/** Every set of one or two clusters without which an install goes on. */
function absences(spec: MeshSpec): string[][] {
  const names = spec.clusters.map(({ name }) => name);
  return names
    .flatMap((one, index) => names.slice(index).map((other) => [...new Set([one, other])]))
    .filter((missing) => canGoOnWithout(spec, missing))
    .map((missing) => setAside(spec, missing));
}

/** Facts of clusters under one root, so that plans before and after an install can be compared. */
function facts(spec: MeshSpec): ClusterFacts[] {
  return factsOf(spec).map((fact) => ({
    ...fact,
    uid: `uid-${fact.cluster}`,
    rootFingerprint: 'ab'.repeat(32),
    record: null,
    leavers: [],
    components: [],
  }));
}

/** What prechecks read when the steps of a plan are done. */
function factsAfter(spec: MeshSpec, steps: readonly PlanStep[]): ClusterFacts[] {
  const record = steps.find((step) => step.kind === 'recordMesh')?.input.record;
  const verification = steps.find((step) => step.kind === 'verifyTraffic')?.input;
  return facts(spec).map((fact) => {
    const components = steps
      .flatMap((step) => componentOf(step) ?? [])
      .filter(({ cluster }) => cluster === fact.cluster)
      .map(({ name }) => name);
    if (components.length === 0 || record === undefined) return fact;
    const { members: _, ...remembered } = record;
    return {
      ...fact,
      components,
      record: remembered,
      verifiedDigest: verification?.specDigest ?? null,
    };
  });
}

/** What of a step may name a cluster that is away, and why. */
function withoutNames(step: PlanStep): unknown {
  switch (step.kind) {
    // It is what the sync looks at, which waits for whom it cannot reach.
    case 'followMesh':
      return null;
    // It is still a member when it was one.
    case 'recordMesh':
      return { ...step.input, away: [] };
    // Whether there are remotes decides how istiod is set up, which must not change when one is back.
    case 'applyBase':
    case 'applyDefinitions':
    case 'applyRemoteControlPlane':
      return { ...step.input, remotes: [] };
    // Marked, so that what stands there because of it stays.
    case 'applyControlPlane':
      return { ...step.input, remotes: [], meshNetworks: unmarked(step.input.meshNetworks ?? []) };
    case 'patchMeshNetworks':
      return { ...step.input, meshNetworks: unmarked(step.input.meshNetworks) };
    default:
      return step.input;
  }
}

function unmarked(networks: { clusters: { name: string; away?: boolean }[] }[]): unknown {
  return networks.flatMap(({ clusters }) => clusters.filter(({ away = false }) => !away));
}

/** Strings in a value, keys of objects with them. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsIn(inner)]);
}

function expectSoundWithoutAny(spec: MeshSpec, sets: string[][]): void {
  const whole = planInstall(spec, facts(spec), sha256).steps;
  const installed = factsAfter(spec, whole);
  for (const away of sets) {
    const gone = new Set(away);
    const { steps } = planInstall(spec, facts(spec), sha256, { away });
    expect([
      ...planFaults(steps),
      ...steps.flatMap((step) => named(step, gone)),
      ...differences(whole, steps, gone),
      ...unneeding(whole, steps, gone),
    ]).toEqual([]);
    expect(planInstall(spec, factsAfter(spec, steps), sha256).steps).toEqual(whole);
    const again = planInstall(spec, installed, sha256, { away });
    expect(again.summary.filter((line) => line.includes('removed'))).toEqual([]);
    expect(again.steps.filter(({ kind }) => kind !== 'verifyTraffic')).toEqual(
      steps.filter(({ kind }) => kind !== 'verifyTraffic'),
    );
  }
}

/** Where a step names a cluster that is away. */
function named(step: PlanStep, gone: ReadonlySet<string>): string[] {
  const clusters = [step.cluster ?? '', ...step.needs.map((id) => id.split('/')[0] ?? '')];
  return [...clusters, ...stringsIn(withoutNames(step))]
    .filter((text) => gone.has(text))
    .map((name) => `${step.id} names ${name}`);
}

/** What is left out is about a cluster that is away, and what is left does what the whole plan does: nothing restarts when it is back. */
function differences(whole: PlanStep[], steps: PlanStep[], gone: ReadonlySet<string>): string[] {
  const left = new Map(steps.map((step) => [step.id, step]));
  const unlike = whole.flatMap((step) => {
    const same = left.get(step.id);
    left.delete(step.id);
    if (same === undefined) {
      const about = [step.cluster ?? '', ...stringsIn(step.input)];
      return about.some((name) => gone.has(name)) ? [] : [`${step.id} is left out`];
    }
    if (step.cluster === null || step.kind === 'awaitMeshSync') return [];
    const unmarkedText = JSON.stringify(same).replaceAll(',"away":true', '');
    return unmarkedText === JSON.stringify(step) ? [] : [`${step.id} is not as in the whole plan`];
  });
  return [...unlike, ...[...left.keys()].map((id) => `${id} is not in the whole plan`)];
}

/** Steps that are left out, or do less, though they are said to need none of the clusters that are away. */
function unneeding(whole: PlanStep[], steps: PlanStep[], gone: ReadonlySet<string>): string[] {
  const left = new Map(steps.map((step) => [step.id, step]));
  return whole
    .filter((step) => clustersOfStep(step)?.every((name) => !gone.has(name)) === true)
    .filter(({ id, kind, input }) => {
      const same = left.get(id);
      // What stands in the ConfigMap beforehand is no wait for anybody.
      if (kind === 'applyControlPlane') return same === undefined;
      return JSON.stringify(same?.input) !== JSON.stringify(input);
    })
    .map(({ id }) => `${id} is said to need none of ${[...gone].join()}`);
}

describe('with any one or two clusters away, a mesh', () => {
  test.each(FILES)(
    'of examples/%s is installed in all others, and the plan afterwards is that of never having been without',
    (file) => {
      const spec = specOf(readFileSync(new URL(file, EXAMPLES), 'utf8'));
      expectSoundWithoutAny(spec, absences(spec));
    },
  );

  test.each(SEEDS)('of %s is installed in all others', (seed) => {
    const spec = shaped(seed);
    const sets = absences(spec);
    expect(sets.length).toBeGreaterThan(0);
    expectSoundWithoutAny(spec, sets);
  });

  test('is looked at in most of the examples', () => {
    const looked = FILES.filter(
      (file) => absences(specOf(readFileSync(new URL(file, EXAMPLES), 'utf8'))).length > 0,
    );
    expect(looked.length).toBeGreaterThan(FILES.length / 2);
  });
});
