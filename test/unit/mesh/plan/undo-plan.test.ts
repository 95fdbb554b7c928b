import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { planUndoStep } from '../../../../activities/planning/plan-undo.ts';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import { planUndo } from '../../../../mesh/plan/undo-plan.ts';
import { undoSteps } from '../../../../mesh/plan/undo-steps.ts';
import { aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

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
