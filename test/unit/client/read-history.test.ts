import { readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, test } from '@jest/globals';
import { historyDocument } from '../../../client/history/history-document.ts';
import { toldOf } from '../../support/told-operation.ts';
import type { OperationRecord } from '../../../client/history/operation-record.ts';
import { readHistory } from '../../../client/history/read-history.ts';

/** The record of a history that was saved for replay. */
function recordOf(shape: string, events?: number): OperationRecord {
  const file = new URL(`../../replay/histories/${shape}.json`, import.meta.url);
  const history = historyFromJSON(JSON.parse(readFileSync(file, 'utf8')));
  const record = readHistory((history.events ?? []).slice(0, events), 'mesh-mesh1', 'run1');
  if (record === null) throw new Error(`${shape} is no operation of ours`);
  return record;
}

function statesOf({ progress }: OperationRecord): { [id: string]: string } {
  return Object.fromEntries(progress.steps.map((step) => [step.id, step.state]));
}

describe('what history says without a worker', () => {
  test('an install that changed something: every step is done, with objects and times', () => {
    const { progress } = recordOf('installed');
    expect(progress.operation).toMatchObject({
      kind: 'install',
      state: 'succeeded',
      finishedAt: expect.any(String),
    });
    expect(new Set(progress.steps.map((step) => step.state))).toEqual(new Set(['done']));
    expect(progress.steps.find((step) => step.id === 'cluster1/apply-base')).toMatchObject({
      changed: 20,
      attempts: 1,
      title: 'base',
      cluster: 'cluster1',
      reason: '20 objects, 20 changed',
    });
    expect(progress.planDigest).toMatch(/^[0-9a-f]{12}$/u);
  });

  test('an install with nothing to do skips what only changes call for', () => {
    const { progress } = recordOf('nothing-to-do');
    expect(
      progress.steps.filter((step) => step.state === 'skipped').map((step) => step.id),
    ).toEqual(['mesh/verify-traffic']);
  });

  test('a retry is told with who, why and when, and its attempts are counted over all rounds', () => {
    const record = recordOf('blocked-and-retried');
    expect(record.decisions).toEqual([
      {
        what: 'retry',
        step: 'cluster1/a',
        by: 'ana@laptop',
        reason: 'quota raised',
        at: expect.stringMatching(/^\d{4}-.*Z$/u),
      },
    ]);
    const step = record.progress.steps.find(({ id }) => id === 'cluster1/a');
    expect(step).toMatchObject({
      state: 'done',
      attempts: 2,
      failure: null,
      lastRetry: { by: 'ana@laptop' },
    });
  });

  test('an install that waits for a person is blocked, with the reason', () => {
    const whole = JSON.parse(
      readFileSync(
        new URL('../../replay/histories/blocked-and-retried.json', import.meta.url),
        'utf8',
      ),
    ) as { events: { eventType: string }[] };
    const accepted = whole.events.findIndex(({ eventType }) =>
      eventType.includes('UPDATE_ACCEPTED'),
    );
    const record = recordOf('blocked-and-retried', accepted);
    expect(record.progress.operation).toMatchObject({ state: 'blocked', finishedAt: null });
    expect(record.progress.steps.find(({ id }) => id === 'cluster1/a')).toMatchObject({
      state: 'blocked',
      failure: 'WaitTimedOut',
    });
  });

  test('attempts that Temporal made by itself are counted', () => {
    const attempts = recordOf('retried-transient').progress.steps.map((step) => step.attempts);
    expect(Math.max(...attempts)).toBeGreaterThan(1);
  });

  test('a worker that was killed costs an attempt and nothing else', () => {
    const record = recordOf('worker-killed');
    expect(record.progress.operation.state).toBe('succeeded');
    expect(Math.max(...record.progress.steps.map((step) => step.attempts))).toBe(2);
  });

  test('a canceled install names no step as done that was not', () => {
    const record = recordOf('canceled');
    expect(record.progress.operation.state).toBe('canceled');
    expect(record.decisions).toMatchObject([{ what: 'cancel', step: null }]);
    expect(Object.values(statesOf(record))).toContain('failed');
    expect(Object.values(statesOf(record))).not.toContain('running');
  });

  test('a run that goes on from an earlier one knows the whole operation', () => {
    const { progress } = recordOf('continued');
    expect(progress.operation).toMatchObject({
      state: 'succeeded',
      runId: 'run1',
      firstRunId: expect.stringMatching(/^[0-9a-f-]{36}$/u),
    });
    const attempts = Object.fromEntries(progress.steps.map((step) => [step.id, step.attempts]));
    expect(new Set(progress.steps.map((step) => step.state))).toEqual(new Set(['done']));
    // retried once; the wait that was interrupted by the end of the run before is still the first attempt
    expect(attempts).toMatchObject({ 'cluster1/a': 2, 'cluster1/wait': 1, 'cluster2/n0': 1 });
    const first = progress.steps.find(({ id }) => id === 'cluster1/precheck');
    expect(progress.operation.startedAt <= (first?.startedAt ?? '')).toBe(true);
    expect(progress.planDigest).toBe('0123456789ab');
  });

  test('a plan that is not the confirmed one fails the install, with the cure', () => {
    const record = recordOf('plan-changed');
    expect(record.progress.operation.state).toBe('failed');
    expect(record.failure).toMatchObject({ type: 'PlanChanged' });
  });

  test('a cluster that an install went on without is away since the first look, until the plan has it again', () => {
    const { progress } = recordOf('quarantined');
    const [first, second] = progress.clusters;
    const looked = progress.steps.find(({ id }) => id === 'cluster1/precheck')?.startedAt;
    expect([first?.awaySince, second?.awaySince]).toEqual([undefined, looked]);
    expect(progress.steps.find(({ id }) => id === 'mesh/plan')).toMatchObject({
      needs: ['cluster1/precheck'],
    });
    const attached = recordOf('attached').progress;
    expect(attached.clusters.flatMap(({ awaySince }) => awaySince ?? [])).toEqual([]);
    expect(attached.steps.find(({ id }) => id === 'cluster1/a')).toMatchObject({ attempts: 2 });
  });

  test('a plan for show has the steps of planning alone', () => {
    expect(statesOf(recordOf('planned'))).toEqual({
      'cluster1/precheck': 'done',
      'cluster2/precheck': 'done',
      'mesh/plan': 'done',
    });
    expect(recordOf('plan-refused').progress.operation.state).toBe('failed');
  });

  test('a verification has its matrix', () => {
    const record = recordOf('verified');
    expect(record.report?.pairs.length).toBeGreaterThan(0);
    expect(record.progress.operation.state).toBe(
      record.report?.ok === true ? 'succeeded' : 'failed',
    );
  });

  test('the document has who, why, when and attempts of operations and steps', () => {
    const [operation] = historyDocument('mesh1', [toldOf('blocked-and-retried')]).operations;
    expect(operation).toMatchObject({
      kind: 'install',
      workflowId: 'mesh-mesh1',
      runId: 'run1',
      state: 'succeeded',
      by: 'ana@laptop',
      reason: 'first install',
      decisions: [{ what: 'retry' }],
    });
    expect(operation?.steps.find(({ id }) => id === 'cluster1/a')).toMatchObject({
      kind: 'exposeServices',
      attempts: 2,
      failure: null,
      outcome: expect.any(String),
    });
  });

  test('a workflow of somebody else is not ours', () => {
    expect(readHistory([], 'x', 'y')).toBeNull();
  });
});
