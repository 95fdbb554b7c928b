import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Cluster } from '../../activities/ports/cluster.ts';
import type { StepActivities } from '../../contract/step-activities.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { dyingClusters, Killed } from '../support/dying-clusters.ts';
import { fakeTrustStore } from '../support/fake-ports.ts';
import { installPrimaryBy } from '../support/primary-install.ts';
import { type StepsBed, startStepsBed } from '../support/steps-bed.ts';

let undisturbed: StepsBed;
let killed: StepsBed;
/** What the undisturbed install wrote, and how many of its attempts died. */
let whole: { writes: string[]; deaths: number };

beforeAll(async () => {
  [undisturbed, killed] = await Promise.all([startStepsBed(), startStepsBed()]);
  whole = await installed(undisturbed, Infinity);
});

afterAll(() => Promise.all([undisturbed.stop(), killed.stop()]));

type Step = (steps: StepActivities) => Promise<StepOutcome>;

/** Installs a primary whose attempts die after so many writes each; answers what was written, in order, and how many died. */
async function installed(
  bed: StepsBed,
  writesOfAttempt: number,
): Promise<{ writes: string[]; deaths: number }> {
  const writes: string[] = [];
  let deaths = 0;
  const trustStore = fakeTrustStore();
  const attempt = async (step: Step): Promise<StepOutcome> => {
    const clusters = dyingClusters(bed.clusters, writesOfAttempt, (object) => writes.push(object));
    try {
      return await step(bed.stepsWith({ clusters, trustStore }));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      deaths += 1;
      return attempt(step);
    }
  };
  await installPrimaryBy(attempt);
  return { writes, deaths };
}

test('an install killed after each of its writes comes to the same state and writes nothing twice', async () => {
  const parts = await installed(killed, 1);
  expect(whole.deaths).toBe(0);
  expect(whole.writes.length).toBeGreaterThan(40);
  expect(parts.deaths).toBe(whole.writes.length);
  expect(parts.writes.toSorted()).toEqual(whole.writes.toSorted());
  expect(await killed.digest()).toBe(await undisturbed.digest());
});

test('objects that a person deletes in the middle of an install are made anew by the next one', async () => {
  const before = await undisturbed.digest();
  const deleted = ['service/istio-eastwestgateway', 'configmap/istio', 'role/istiod'];
  const steps = undisturbed.steps;
  let begun = 0;
  await installPrimaryBy(async (step) => {
    begun += 1;
    // The last wave begins, after which nobody looks at them again.
    if (begun === 8) await undisturbed.kubectl(['-n', 'istio-system', 'delete', ...deleted]);
    return step(steps);
  });
  expect(await undisturbed.digest()).not.toBe(before);
  expect(await installPrimaryBy((step) => step(steps))).toBe(deleted.length);
  expect(await undisturbed.digest()).toBe(before);
});

test.each([
  ['cacerts', null, 1],
  ['the root that a cluster keeps', { name: 'cluster1', context: 'admin' }, 1],
  ['cacerts under the root that a cluster keeps', { name: 'cluster1', context: 'admin' }, 2],
] as const)(
  'a CA key written by an attempt that died is verified and kept: %s',
  async (title, home, writes) => {
    const namespace = `ca-${title.length}`;
    await killed.kubectl(['create', 'namespace', namespace]);
    const trustStore = fakeTrustStore();
    const create = (steps: StepActivities): Promise<StepOutcome> =>
      steps.createCaSecret({
        cluster: { name: 'cluster1', context: 'admin' },
        mesh: 'prod',
        namespace,
        trust: { source: 'generated', home: home?.name ?? null },
        home,
        rootFingerprint: null,
      });
    const clusters = dyingClusters(killed.clusters, writes);
    await expect(create(killed.stepsWith({ clusters, trustStore }))).rejects.toThrow(Killed);
    const written = await secretsOf(killed.cluster, namespace);
    expect(written).toHaveLength(writes);

    const outcome = await create(killed.stepsWith({ trustStore }));
    const after = await secretsOf(killed.cluster, namespace);
    expect(after).toEqual(expect.arrayContaining(written));
    expect(after).toHaveLength(home === null ? 1 : 2);
    expect(outcome.changed).toBe(after.length - written.length);
    expect(outcome.summary).toMatch(/^cacerts (kept|created), valid until \d{4}-/);
    expect((await create(killed.stepsWith({ trustStore }))).changed).toBe(0);
    expect(await secretsOf(killed.cluster, namespace)).toEqual(after);
    // The digest is of the whole cluster.
    await killed.kubectl(['-n', namespace, 'delete', 'secrets', '--all']);
  },
);

/** The Secrets of a namespace, with their keys and versions. */
function secretsOf(cluster: Cluster, namespace: string): Promise<KubernetesObject[]> {
  return cluster.list({ apiVersion: 'v1', kind: 'Secret', namespace });
}
