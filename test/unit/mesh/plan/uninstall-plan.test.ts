import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ClusterSurvey } from '../../../../mesh/plan/cluster-survey.ts';
import { componentOf } from '../../../../mesh/plan/components.ts';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import type { Plan, PlanStep } from '../../../../mesh/plan/plan.ts';
import { surveySteps } from '../../../../mesh/plan/survey-steps.ts';
import { planUninstall } from '../../../../mesh/plan/uninstall-plan.ts';
import type { UninstallOptions } from '../../../../mesh/plan/uninstall-options.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { parseMeshFile } from '../../../../mesh/spec/parse-mesh-file.ts';
import { aCluster, aMeshSpec, factsOf, surveysOf } from '../../../support/a-mesh-spec.ts';
import { goldenText } from '../../../support/golden-text.ts';
import { anUninstall } from '../../../support/install-run.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const EXAMPLES = new URL('../../../../examples/', import.meta.url);
const GOLDEN = new URL('golden-uninstall/', import.meta.url);
const EXAMPLE_FILES = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));

/** Surveys of the clusters of a mesh that was installed as its file says. */
function installed(
  spec: MeshSpec,
  more: { [cluster: string]: Partial<ClusterSurvey> } = {},
): ClusterSurvey[] {
  const rootFingerprint = spec.trust.source === 'existing' ? 'ab'.repeat(32) : null;
  const facts = factsOf(spec).map((fact) => ({ ...fact, rootFingerprint }));
  const { steps } = planInstall(spec, facts, sha256);
  const held = steps.flatMap((step) => componentOf(step) ?? []);
  return surveysOf(spec).map((survey) => ({
    ...survey,
    components: [
      ...new Set(held.filter(({ cluster }) => cluster === survey.cluster).map(({ name }) => name)),
    ].sort(),
    ...more[survey.cluster],
  }));
}

function planOf(
  spec: MeshSpec,
  more: { [cluster: string]: Partial<ClusterSurvey> } = {},
  options: Partial<UninstallOptions> = {},
): Plan {
  return planUninstall(spec, installed(spec, more), sha256, anUninstall(options));
}

const lineOf = ({ id, needs }: PlanStep): string => `${id} <- ${needs.join(', ')}`.trimEnd();
const lines = ({ steps }: Plan): string[] => steps.map(lineOf);
const needsOf = ({ steps }: Plan, id: string): string[] =>
  steps.find((step) => step.id === id)?.needs ?? ['there is no such step'];

const two = aMeshSpec({ clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n2', 'c1')] });
const unreachable = {
  unreachable: 'connection refused',
  present: false,
  components: [],
  uid: null,
};

describe('the plan of an uninstall', () => {
  test.each(EXAMPLE_FILES)('of examples/%s is the golden one', (file) => {
    const parsed = parseMeshFile(readFileSync(new URL(file, EXAMPLES), 'utf8'), file);
    if (!parsed.ok) throw new Error(`${file} is not valid`);
    const plan = planOf(parsed.spec);
    const text = [
      ...plan.summary.map((line) => `# ${line}`),
      ...surveySteps(parsed.spec, anUninstall()).map(lineOf),
      ...lines(plan),
      '',
    ].join('\n');
    expect(text).toBe(goldenText(new URL(file.replace(/yaml$/, 'txt'), GOLDEN), text));
  });

  test('is refused while the mesh is in another namespace, where nothing would be removed and all of it be told as gone', () => {
    const nothing = { present: false, components: [], otherHome: 'istio-a' };
    expect(() => planOf(two, { c2: nothing })).toThrow(
      'is in namespace istio-a of c2, and istio.namespace of the file is istio-system',
    );
  });

  test('has no golden text that no file stands for', () => {
    const expected = EXAMPLE_FILES.map((file) => file.replace(/yaml$/, 'txt'));
    expect(readdirSync(GOLDEN).sort()).toEqual(expected.sort());
  });

  test('ends the sync, takes the remote secret, then the remote, then its primary, and the key last', () => {
    expect(lines(planOf(two))).toEqual([
      'mesh/end-sync <-',
      'c1/remove-remote-secret-c2 <- mesh/end-sync',
      'c2/remove-cluster <- mesh/end-sync, c1/remove-remote-secret-c2',
      'c1/remove-cluster <- mesh/end-sync, c1/remove-remote-secret-c2, c2/remove-cluster',
      'mesh/release-trust <- c1/remove-cluster, c2/remove-cluster',
    ]);
  });

  test('lets clusters with control planes of their own go side by side once their links are gone', () => {
    const spec = aMeshSpec({ clusters: [aCluster('c1', 'n1'), aCluster('c2', 'n2')] });
    const plan = planOf(spec);
    const links = ['c1/remove-remote-secret-c2', 'c2/remove-remote-secret-c1'];
    expect(needsOf(plan, 'c1/remove-cluster')).toEqual(['mesh/end-sync', ...links]);
    expect(needsOf(plan, 'c2/remove-cluster')).toEqual(['mesh/end-sync', ...links]);
  });

  test('tries a cluster that could not be seen, beside the others and only for so long', () => {
    const plan = planOf(two, { c2: unreachable });
    const removal = plan.steps.find(({ id }) => id === 'c2/remove-cluster');
    expect(removal).toMatchObject({ input: { uid: null, leaveAfterMs: 120_000 } });
    expect(plan.summary).toContain(
      'c2 · remote of c1 · cannot be reached: connection refused · tried for 120 s, then left behind for the next uninstall',
    );
  });

  test('does not say of a cluster to which there is no access that it is left behind: its removal is blocked', () => {
    const why = 'the worker has no context "c2"';
    const { summary } = planOf(two, { c2: { ...unreachable, unreachable: why, noAccess: true } });
    expect(summary).toContain(
      `c2 · remote of c1 · no access: ${why} · its removal waits until somebody has repaired that`,
    );
  });

  test('goes to no cluster in which nothing is, and to none that is gone for good', () => {
    const nothing = { present: false, components: [] };
    expect(planOf(two, { c1: nothing, c2: nothing }).steps.map(({ id }) => id)).toEqual([
      'mesh/end-sync',
      'mesh/release-trust',
    ]);
    const forgotten = planUninstall(
      two,
      installed(two).slice(0, 1),
      sha256,
      anUninstall({ forget: ['c2'] }),
    );
    expect(forgotten.steps.map(({ id }) => id)).not.toContain('c2/remove-cluster');
    expect(forgotten.summary).toContain('c2 · forgotten, nothing is removed in it');
    expect(surveySteps(two, anUninstall({ forget: ['c2'] })).map(({ id }) => id)).toEqual([
      'c1/survey',
      'mesh/plan',
    ]);
  });

  test('goes to clusters that the others remember, and to those that an earlier uninstall left behind', () => {
    const [c8, c9] = ['c8', 'c9'].map((name) => ({ name, context: name, uid: `uid-${name}` }));
    if (c8 === undefined || c9 === undefined) throw new Error('there are two');
    const plan = planOf(two, { c1: { leavers: [c8] } }, { remembered: [{ ...c9, uid: '' }, c8] });
    const input = (id: string): unknown => plan.steps.find((step) => step.id === id)?.input;
    expect(input('c8/remove-cluster')).toMatchObject({ uid: 'uid-c8', cluster: { context: 'c8' } });
    expect(input('c9/remove-cluster')).toMatchObject({ uid: null });
    expect(plan.summary).toContain(
      'c9 · is not in the file, was in the mesh · everything of the mesh in it is removed',
    );
  });

  test('keeps definitions unless they are asked for, and says either', () => {
    const of = (options: Partial<UninstallOptions>): unknown =>
      planOf(two, {}, options).steps.find(({ id }) => id === 'c1/remove-cluster')?.input;
    expect(of({})).toMatchObject({ definitions: 'none' });
    expect(of({ crds: true })).toMatchObject({ definitions: 'unused' });
    expect(planOf(two).summary.join('\n')).toContain('definitions · kept');
    expect(planOf(two, {}, { crds: true }).summary.join('\n')).toContain('definitions · removed');
  });

  test('leaves the key of the root in the cluster that holds it until all others are clean', () => {
    const spec = aMeshSpec({ ...two, trust: { source: 'generated', home: 'c2' } });
    const plan = planOf(spec, { c2: { holdsRoot: true } });
    const step = (id: string): PlanStep | undefined => plan.steps.find((one) => one.id === id);
    expect(step('c2/remove-cluster')).toMatchObject({ input: { keepRoot: true } });
    expect(step('c1/remove-cluster')).toMatchObject({ input: { keepRoot: false } });
    expect(step('mesh/release-trust')).toMatchObject({
      needs: ['c1/remove-cluster', 'c2/remove-cluster'],
      input: { homes: [{ name: 'c2' }] },
    });
  });

  test('has nothing to do with a root that the user brought', () => {
    const plan = planOf(aMeshSpec({ ...two, trust: { source: 'existing' } }));
    expect(plan.steps.map(({ id }) => id)).not.toContain('mesh/release-trust');
    expect(plan.summary).toContain('trust · cacerts that you brought are kept');
  });

  test('says how many pods must be restarted', () => {
    expect(planOf(two, { c2: { sidecars: 3 } }).summary).toContain(
      'c2 · remote of c1 · everything of the mesh in it is removed · 3 pods with a sidecar to be restarted afterwards',
    );
  });

  test('is another one than was confirmed only with a refusal', () => {
    const surveys = installed(two);
    const { digest } = planUninstall(two, surveys, sha256, anUninstall());
    const confirmed = (by: string): (() => Plan) => {
      return () => planUninstall(two, surveys, sha256, anUninstall(), by);
    };
    expect(confirmed(digest)).not.toThrow();
    expect(confirmed('other')).toThrow('not other as confirmed');
  });
});

describe('a mesh that is used from outside', () => {
  const object = 'Secret istio-system/istio-remote-secret-c9';
  const link = { object, cluster: 'c9', does: 'lets istiod read cluster c9' };
  const webhook = {
    object: 'MutatingWebhookConfiguration istio-revision-tag-prod',
    cluster: null,
    does: 'leads to the istiod of this mesh',
  };

  test('is not uninstalled, and every object that uses it is named with its cluster', () => {
    expect(() => planOf(two, { c1: { links: [link, webhook] } })).toThrow(
      expect.objectContaining({
        type: 'StillLinked',
        message: `mesh mesh1 is still used from outside: ${object} of c1 lets istiod read cluster c9, and 1 more`,
        details: {
          cure: expect.stringContaining('meshwright uninstall mesh1 --force'),
          lines: [
            `${object} of c1 lets istiod read cluster c9`,
            'MutatingWebhookConfiguration istio-revision-tag-prod of c1 leads to the istiod of this mesh',
          ],
        },
      }) as unknown as Error,
    );
  });

  test('is uninstalled by force, and the plan says who loses it', () => {
    const { summary, steps } = planOf(two, { c1: { links: [link] } }, { force: true });
    expect(steps.map(({ id }) => id)).toContain('c1/remove-cluster');
    expect(summary).toContain(`still linked · ${object} of c1 lets istiod read cluster c9`);
  });

  test('is not one whose own former clusters still have remote secrets', () => {
    const c9 = { name: 'c9', context: 'c9', uid: 'uid-c9' };
    expect(() => planOf(two, { c1: { links: [link], leavers: [c9] } })).not.toThrow();
  });
});
