import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from '@jest/globals';
import { readHistory } from '../../client/history/read-history.ts';
import { UNDO_PLAN_ID } from '../../mesh/plan/undo-plan-step.ts';
import { runsFrom } from '../support/chain-of-runs.ts';
import { ANA, BEN, decideOn, endOf, needsPerson, refusalOf } from '../support/decisions.ts';
import {
  aPlan,
  awaitStep,
  progressOf,
  retry,
  scriptedInstall,
  statesOf,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { longPlan } from '../support/long-plan.ts';
import { NOTHING_CHANGED } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const PLAN = aPlan({
  'cluster1/a': [],
  'cluster1/b': ['cluster1/a'],
  'cluster1/c': ['cluster1/b'],
});
const UNDO = aPlan({ 'cluster1/undo-b': [], 'cluster1/undo-a': ['cluster1/undo-b'] });
const CANCELED = { ...ANA, undo: true };

/** An install whose second step needs a person, and what takes it back. */
function stuckInstall(undo = UNDO): ScriptedSteps {
  return scriptedInstall(PLAN)
    .on('cluster1/b', needsPerson)
    .on(UNDO_PLAN_ID, () => ({ changed: 0, summary: 'taken back', plan: undo }));
}

async function stuck(steps: ScriptedSteps): Promise<Handle> {
  await bed.work(steps, 10);
  const install = await bed.start('install');
  await awaitStep(install, 'cluster1/b', 'blocked');
  return install;
}

describe('an install that is canceled and taken back', () => {
  test('plans that from what was read and begun, does it in order, and ends as Canceled', async () => {
    const steps = stuckInstall();
    const install = await stuck(steps);
    await decideOn(install, 'cancel', CANCELED);
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
    expect((await install.describe()).status.name).toBe('CANCELLED');
    const planned = steps.calls().find(({ step }) => step === UNDO_PLAN_ID);
    expect(planned?.input).toMatchObject({
      facts: [{ cluster: 'cluster1' }, { cluster: 'cluster2' }],
      begun: expect.arrayContaining(['cluster1/a', 'cluster1/b']),
    });
    expect(planned?.input).toMatchObject({ begun: expect.not.arrayContaining(['cluster1/c']) });
    expect(steps.started().slice(-3)).toEqual([UNDO_PLAN_ID, 'cluster1/undo-b', 'cluster1/undo-a']);
    const progress = await progressOf(install);
    expect(progress.operation).toMatchObject({ state: 'canceled', canceled: CANCELED });
    expect(progress.planDigest).toBe(PLAN.digest);
    expect(statesOf(progress)).toMatchObject({
      'cluster1/a': 'done',
      'cluster1/b': 'failed',
      'cluster1/c': 'pending',
      'cluster1/undo-a': 'done',
    });
    const { events } = await install.fetchHistory();
    const record = readHistory(events ?? [], install.workflowId, install.firstExecutionRunId);
    expect(record).toMatchObject({
      decisions: [{ what: 'cancel', ...CANCELED }],
      progress: { operation: { state: 'canceled', canceled: CANCELED } },
    });
    expect(record && statesOf(record.progress)).toEqual(statesOf(progress));
  });

  test('waits for a person where taking back is blocked, says so to whoever cancels again, and is retried', async () => {
    const steps = stuckInstall().on('cluster1/undo-b', ({ round }) =>
      round === 1 ? needsPerson() : NOTHING_CHANGED,
    );
    const install = await stuck(steps);
    await decideOn(install, 'cancel', CANCELED);
    await awaitStep(install, 'cluster1/undo-b', 'blocked');
    expect(await refusalOf(decideOn(install, 'cancel', BEN))).toMatch(
      /^ana@laptop canceled it at .+, and what it made is being taken back; .+ meshwright abort mesh\d+ --reason "…"$/u,
    );
    expect(await refusalOf(retry(install, { step: 'cluster1/b', ...BEN }))).toMatch(/is failed/u);
    await retry(install, { step: 'cluster1/undo-b', ...BEN });
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
  });

  test('is given up where it is blocked, and fails then', async () => {
    const install = await stuck(stuckInstall().on('cluster1/undo-b', needsPerson));
    await decideOn(install, 'cancel', CANCELED);
    await awaitStep(install, 'cluster1/undo-b', 'blocked');
    await decideOn(install, 'abort', BEN);
    expect(await endOf(install)).toMatchObject({ type: 'Aborted' });
    expect(await endOf(install)).toBeInstanceOf(ApplicationFailure);
  });

  test('has nothing to take back before there is a plan', async () => {
    const steps = stuckInstall().on('cluster2/precheck', needsPerson);
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitStep(install, 'cluster2/precheck', 'blocked');
    await decideOn(install, 'cancel', CANCELED);
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
    expect(steps.started()).not.toContain(UNDO_PLAN_ID);
  });

  test('goes on in another run when the history is full, and ends as Canceled there', async () => {
    const undo = longPlan({ 'cluster1/undo-a': [] });
    const named = undo.steps.map((step) => ({ ...step, id: step.id.replace('/n', '/undo-n') }));
    const steps = stuckInstall({ ...undo, steps: named });
    const install = await stuck(steps);
    await decideOn(install, 'cancel', CANCELED);
    const { client } = bed.server();
    const any = client.workflow.getHandle(install.workflowId);
    expect(await endOf(any as Handle)).toBeInstanceOf(CancelledFailure);
    const runs = await runsFrom(client, install.workflowId, install.firstExecutionRunId);
    expect(runs.length).toBeGreaterThan(1);
    const { steps: shown } = await progressOf(any as Handle);
    const undone = shown.filter(({ id }) => id.includes('/undo-'));
    expect(undone).toHaveLength(named.length + 1);
    expect(undone.every(({ state }) => state === 'done')).toBe(true);
    const twice = steps.started().filter((id) => id.startsWith('cluster2/undo-n'));
    expect(new Set(twice).size).toBe(twice.length);
  }, 120_000);

  test('is refused where the request says neither yes nor no', async () => {
    const install = await stuck(stuckInstall());
    expect(await refusalOf(decideOn(install, 'cancel', { ...ANA, undo: 'please' }))).toBe(
      'field undo is "please": true or false',
    );
    await decideOn(install, 'cancel');
    expect(await endOf(install)).toBeInstanceOf(CancelledFailure);
  });
});
