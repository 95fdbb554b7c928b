import { describe, expect, test } from '@jest/globals';
import { readHistory } from '../../client/history/read-history.ts';
import { ANA, BEN, needsPerson, refusalOf, skip } from '../support/decisions.ts';
import { aPlan, awaitStep, progressOf, retry, scriptedInstall } from '../support/install-run.ts';
import { workflowBed } from '../support/workflow-bed.ts';
import { step } from '../../mesh/plan/step.ts';
import type { PlanStep } from '../../mesh/plan/plan.ts';

const bed = workflowBed();
const MISSING = "other networks cannot reach that cluster's services";

describe('a step that is skipped', () => {
  const plan = aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'], 'cluster2/a': [] });

  test('counts as finished: what needs it starts, and what is missing is said in answer, board and history', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', needsPerson);
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitStep(install, 'cluster1/a', 'blocked');
    expect(await skip(install, { step: 'cluster1/a', ...ANA })).toEqual({
      step: 'cluster1/a',
      missing: MISSING,
    });
    await install.result();
    const progress = await progressOf(install);
    expect(progress.operation.state).toBe('succeeded');
    const skipped = progress.steps.find(({ id }) => id === 'cluster1/a');
    expect(skipped).toMatchObject({
      state: 'skipped',
      reason: `skipped by ana@laptop: the vendor is asleep; missing: ${MISSING}`,
      skip: { ...ANA, missing: MISSING },
      failure: null,
    });
    expect(steps.ended()).toContain('cluster1/b');
    expect(steps.started().filter((id) => id === 'cluster1/a')).toHaveLength(1);
    const { events } = await install.fetchHistory();
    const record = readHistory(events ?? [], install.workflowId, install.firstExecutionRunId);
    expect(record?.decisions).toMatchObject([{ what: 'skip', step: 'cluster1/a', ...ANA }]);
    const { reason, skip: recorded } =
      record?.progress.steps.find(({ id }) => id === 'cluster1/a') ?? {};
    expect({ reason, missing: recorded?.missing }).toEqual({
      reason: skipped?.reason,
      missing: MISSING,
    });
  });

  test('is decided while the worker is down, and taken up when one is back', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', needsPerson);
    const worker = await bed.work(steps);
    const install = await bed.start('install');
    await awaitStep(install, 'cluster1/a', 'blocked');
    await worker.stop();
    const decided = skip(install, { step: 'cluster1/a', ...ANA });
    await bed.work(steps);
    expect(await decided).toMatchObject({ missing: MISSING });
    await install.result();
  });
});

describe('a skip is refused', () => {
  test('for the second of two people, naming the first, whether he skips or retries', async () => {
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [], 'cluster2/a': [] }));
    steps.on('cluster1/a', needsPerson);
    const held = steps.hold('cluster2/a');
    await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    await awaitStep(install, 'cluster1/a', 'blocked');
    await skip(install, { step: 'cluster1/a', ...ANA });
    const told =
      /^step "cluster1\/a" is skipped: ana@laptop skipped it at .+ \("the vendor is asleep"\)$/u;
    expect(await refusalOf(skip(install, { step: 'cluster1/a', ...BEN }))).toMatch(told);
    expect(await refusalOf(retry(install, { step: 'cluster1/a', ...BEN }))).toMatch(told);
    held.release();
    await install.result();
  });

  test('for a step that is not blocked, not known, or that others cannot do without', async () => {
    const base = { kind: 'prepareNamespace' } as Partial<PlanStep>;
    const plan = aPlan({ 'cluster1/a': [], 'cluster2/b': [] }, { 'cluster1/a': base });
    const steps = scriptedInstall(plan).on('cluster1/a', (call) =>
      call.round === 1 ? needsPerson() : { changed: 0, summary: '' },
    );
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitStep(install, 'cluster1/a', 'blocked');
    await awaitStep(install, 'cluster2/b', 'done');
    const mesh = install.workflowId.replace('mesh-', '');
    expect(await refusalOf(skip(install, { step: 'cluster1/a', ...ANA }))).toBe(
      `step "cluster1/a" cannot be skipped: what follows needs it; repair it, then meshwright retry ${mesh} cluster1/a --reason "…", or give up: meshwright abort ${mesh} --reason "…"`,
    );
    expect(await refusalOf(skip(install, { step: 'cluster2/b', ...ANA }))).toBe(
      'step "cluster2/b" is done: only a blocked step can be skipped; blocked: cluster1/a',
    );
    expect(await refusalOf(skip(install, { step: 'cluster2/bb', ...ANA }))).toBe(
      'unknown step "cluster2/bb"; did you mean "cluster2/b"?',
    );
    expect(await refusalOf(skip(install, { step: 'cluster1/a', by: 'ana', reason: '' }))).toBe(
      'field reason is empty: say why',
    );
    await retry(install, { step: 'cluster1/a', ...ANA });
    await install.result();
  });
});

test('a cluster whose removal is skipped is remembered on, so that the next install finds it', async () => {
  const left = { name: 'old', context: 'old-context' };
  const ids = { mesh: 'mesh1', namespace: 'istio-system' };
  const removal = step('removeCluster', 'old', 'remove-cluster', 'remove the mesh', [], {
    cluster: left,
    ...ids,
    uid: 'uid-of-old',
    definitions: 'none',
  });
  const forget: PlanStep = {
    ...{ id: 'mesh/forget', kind: 'recordMesh', cluster: null, title: 'forget', when: 'always' },
    needs: [removal.id],
    input: {
      clusters: [],
      ...ids,
      record: {
        members: [],
        revision: null,
        trustDomain: 'cluster.local',
        topology: 'multicluster',
      },
    },
  };
  const plan = { ...aPlan({}), steps: [removal, forget] };
  const steps = scriptedInstall(plan).on(removal.id, needsPerson);
  await bed.work(steps);
  const install = await bed.start('install');
  await awaitStep(install, removal.id, 'blocked');
  await skip(install, { step: removal.id, ...ANA });
  await install.result();
  expect(steps.calls().find(({ step: id }) => id === 'mesh/forget')?.input).toMatchObject({
    record: { members: [{ ...left, uid: 'uid-of-old' }] },
  });
});
