import { Context } from '@temporalio/activity';
import { expect, test } from '@jest/globals';
import { temporalChangeRecorder } from '../../activities/adapters/temporal-change-recorder.ts';
import { changesInterceptor } from '../../activities/attempt/changes-interceptor.ts';
import { failureInterceptor } from '../../activities/attempt/failure-interceptor.ts';
import { heartbeatInterceptor } from '../../activities/attempt/heartbeat-interceptor.ts';
import { firstOf, readFailure } from '../../client/history/decode.ts';
import { tellOperation } from '../../client/history/tell-story.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import {
  aPlan,
  awaitProgress,
  awaitStep,
  progressOf,
  retry,
  scriptedInstall,
  statesOf,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { NOTHING_CHANGED } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const INTERCEPTORS = [failureInterceptor, heartbeatInterceptor, changesInterceptor];

const bed = workflowBed();

function write(name: string): void {
  const metadata = { namespace: 'istio-system', name };
  temporalChangeRecorder().wrote('cluster1', null, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
  });
}

async function told(install: Handle): Promise<NonNullable<ReturnType<typeof tellOperation>>> {
  const { events } = await install.fetchHistory();
  const { workflowId, firstExecutionRunId: runId } = install;
  const operation = tellOperation([{ workflowId, runId, events: events ?? [] }]);
  if (operation === null) throw new Error('no operation of ours');
  return operation;
}

/** Objects changed by each step, as the workflow says. */
async function changedOnBoard(install: Handle): Promise<{ [id: string]: number }> {
  const { steps } = await progressOf(install);
  return Object.fromEntries(steps.map(({ id, changed }) => [id, changed]));
}

/** The same as the history alone says. */
async function changedInHistory(install: Handle): Promise<{ [id: string]: number }> {
  const { steps } = (await told(install)).record.progress;
  return Object.fromEntries(steps.map(({ id, changed }) => [id, changed]));
}

test('what an attempt wrote is told by the next one, and what a blocked round wrote by its failure', async () => {
  const spec = bed.spec();
  const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), spec);
  steps.on('cluster1/a', ({ round, attempt }) => {
    write(`map-${round}-${attempt}`);
    if (attempt === 1) throw new MeshFailure('ApiUnavailable', 'no answer');
    if (round === 1) throw new MeshFailure('Forbidden', 'may not create secrets');
    return NOTHING_CHANGED;
  });
  await bed.workWith(steps.activities(), 10, INTERCEPTORS);
  const install = await bed.start('install', spec);
  await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
  await retry(install, { step: 'cluster1/a', by: 'ana', reason: 'granted' });
  await install.result();
  const { events = [] } = await install.fetchHistory();
  const failed = (events ?? []).flatMap(({ activityTaskFailedEventAttributes: each }) =>
    each ? [readFailure(each.failure)] : [],
  );
  expect(failed.map(({ changes }) => changes)).toMatchObject([
    { created: 2, objects: [{ name: 'istio-system/map-1-1' }, { name: 'istio-system/map-1-2' }] },
  ]);
  const outcomes = (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: each }) =>
    each ? [firstOf<StepOutcome>(each.result)?.changes] : [],
  );
  expect(outcomes.filter((changes) => changes !== undefined)).toMatchObject([
    { created: 2, objects: [{ name: 'istio-system/map-2-1' }, { name: 'istio-system/map-2-2' }] },
  ]);
});

test('what a blocked round wrote counts, and starts what is only for changes', async () => {
  const spec = bed.spec();
  const plan = aPlan(
    { 'cluster1/a': [], 'cluster1/b': ['cluster1/a'] },
    { 'cluster1/b': { when: 'changed' } },
  );
  const steps = scriptedInstall(plan, spec).on('cluster1/a', ({ round }) => {
    if (round > 1) return NOTHING_CHANGED;
    write('map-1');
    write('map-2');
    throw new MeshFailure('Forbidden', 'may not create secrets');
  });
  await bed.workWith(steps.activities(), 10, INTERCEPTORS);
  const install = await bed.start('install', spec);
  const blocked = await awaitStep(install, 'cluster1/a', 'blocked');
  expect(blocked.steps.find(({ id }) => id === 'cluster1/a')?.changed).toBe(2);
  await retry(install, { step: 'cluster1/a', by: 'ana', reason: 'granted' });
  expect(await install.result()).toEqual({ changed: 2, planDigest: plan.digest });
  expect(statesOf(await progressOf(install))).toMatchObject({ 'cluster1/b': 'done' });
  expect(await changedInHistory(install)).toEqual(await changedOnBoard(install));
  expect((await told(install)).changes).toEqual({ created: 2, changed: 0, removed: 0 });
});

test('what all rounds of a step wrote is added up', async () => {
  const spec = bed.spec();
  const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), spec).on('cluster1/a', ({ round }) => {
    write(`map-${round}`);
    if (round < 3) throw new MeshFailure('Forbidden', 'may not create secrets');
    return { changed: 1, summary: '1 object, 1 changed' };
  });
  await bed.workWith(steps.activities(), 10, INTERCEPTORS);
  const install = await bed.start('install', spec);
  for (const attempts of [1, 2]) {
    await awaitProgress(install, ({ steps: shown }) =>
      shown.some((step) => step.state === 'blocked' && step.attempts === attempts),
    );
    await retry(install, { step: 'cluster1/a', by: 'ana', reason: 'granted' });
  }
  expect(await install.result()).toMatchObject({ changed: 3 });
  expect(await changedInHistory(install)).toEqual(await changedOnBoard(install));
  expect(await changedOnBoard(install)).toMatchObject({ 'cluster1/a': 3 });
});

test('what a step wrote that is stopped counts, too', async () => {
  const spec = bed.spec();
  const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), spec).on('cluster1/a', async () => {
    write('map-1');
    return Context.current().cancelled;
  });
  await bed.workWith(steps.activities(), 10, INTERCEPTORS);
  const install = await bed.start('install', spec);
  await awaitStep(install, 'cluster1/a', 'running');
  await install.cancel();
  await expect(install.result()).rejects.toThrow();
  expect(await changedOnBoard(install)).toMatchObject({ 'cluster1/a': 1 });
  expect(await changedInHistory(install)).toEqual(await changedOnBoard(install));
});
