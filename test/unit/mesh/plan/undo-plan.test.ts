import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { planUndoStep } from '../../../../activities/planning/plan-undo.ts';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import { planUndo } from '../../../../mesh/plan/undo-plan.ts';
import { undoSteps } from '../../../../mesh/plan/undo-steps.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const spec = aMeshSpec();
const facts = factsOf(spec).map((fact) => ({
  ...fact,
  uid: `uid-${fact.cluster}`,
  components: [],
  record: null,
  leavers: [],
}));
const asked = { spec, facts, forget: [], remembered: [] };
const installed = planInstall(spec, facts, sha256).steps;

test('what takes an install back is planned from the ids of its begun steps as from the steps themselves', () => {
  const half = installed.slice(0, installed.length / 2);
  const begun = ['cluster1/precheck', 'mesh/plan', ...half.map(({ id }) => id)];
  const plan = planUndo({ ...asked, begun }, sha256);
  expect(plan.steps).toEqual(undoSteps(spec, facts, half));
  expect(plan.steps.length).toBeGreaterThan(0);
  expect(plan.digest).toMatch(/^[0-9a-f]{12}$/u);
});

test('an install of which nothing was begun is taken back by nothing, and the step says so', async () => {
  expect(planUndo({ ...asked, begun: ['cluster1/precheck', 'mesh/plan'] }, sha256).steps).toEqual(
    [],
  );
  expect(await planUndoStep({ ...asked, begun: [] })).toMatchObject({
    summary: 'nothing was made',
  });
  const all = installed.map(({ id }) => id);
  const { summary, plan } = await planUndoStep({ ...asked, begun: all });
  expect(summary).toBe(`${plan?.steps.length ?? 0} steps take back what was made`);
});

test('an install that went on without a cluster is taken back without it, and what the mesh was keeps it', () => {
  const clusters = [aCluster('c1', 'n1'), aCluster('c2', 'n2', 'c1'), aCluster('c3', 'n3', 'c1')];
  const three = aMeshSpec({ clusters });
  const record = {
    revision: null,
    trustDomain: 'cluster.local',
    topology: 'multicluster' as const,
  };
  const known = { components: [], leavers: [] };
  const read = (more: { [cluster: string]: object }) =>
    factsOf(three, more).filter(({ cluster }) => cluster !== 'c3');
  const begun = planInstall(three, read({}), sha256, { away: ['c3'] }).steps.map(({ id }) => id);
  const undo = (more: { [cluster: string]: object }) =>
    planUndo({ spec: three, facts: read(more), forget: [], remembered: [], begun }, sha256).steps;

  const none = undo({ c1: { ...known, record: null }, c2: { ...known, record: null } });
  expect(none.map(({ id }) => id)).toEqual([
    'mesh/undo-follow',
    'c1/undo-cluster',
    'c2/undo-cluster',
  ]);
  expect(none[0]).toMatchObject({ input: { spec: { targets: [] } } });

  const some = undo({ c1: { ...known, record }, c2: { ...known, record: null } });
  expect(some.filter(({ cluster }) => cluster === 'c3')).toEqual([]);
  expect(some[0]).toMatchObject({ input: { spec: { clusters: ['c1', 'c3'] } } });
  expect(some.at(-1)).toMatchObject({
    id: 'mesh/undo-remember',
    input: { clusters: [{ name: 'c1' }], record: { members: [{ name: 'c1' }] }, away: ['c3'] },
  });
});
