import { describe, expect, test } from '@jest/globals';
import type { MeshProgress, StepProgress, StepState } from '../../../contract/mesh-status.ts';
import { mergeProgress, meshStatus } from '../../../contract/merge-status.ts';
import type { PendingStep } from '../../../contract/merge-status.ts';
import { expectStatusFields } from '../../support/mesh-status-fields.ts';

const START = '2026-11-21T10:00:00.000Z';

function aStep(id: string, state: StepState, more: Partial<StepProgress> = {}): StepProgress {
  const [cluster = null] = id.split('/');
  return {
    id,
    cluster,
    kind: 'awaitGatewayAddress',
    title: 'gateway address',
    state,
    attempts: state === 'pending' ? 0 : 1,
    since: state === 'pending' ? null : START,
    reason: null,
    needs: [],
    failure: null,
    cure: null,
    lines: [],
    changed: 0,
    startedAt: null,
    finishedAt: null,
    lastRetry: null,
    ...more,
  };
}

function aProgress(...steps: StepProgress[]): MeshProgress {
  return {
    mesh: 'mesh1',
    operation: {
      kind: 'install',
      workflowId: 'mesh-mesh1',
      runId: 'run',
      state: 'running',
      startedAt: START,
      finishedAt: null,
    },
    steps,
    clusters: [
      {
        name: 'cluster1',
        network: 'network1',
        role: 'primary',
        gatewayAddresses: [],
        ingressAddresses: [],
      },
    ],
    planDigest: null,
    planSummary: [],
    startedBy: { by: 'ana', reason: null },
  };
}

function aPending(activityId: string, more: Partial<PendingStep> = {}): PendingStep {
  return {
    activityId,
    attempt: 1,
    started: true,
    lastEndedAt: null,
    lastFailure: null,
    heartbeat: null,
    ...more,
  };
}

const WAITING = {
  waitingFor: 'address of Service istio-system/istio-eastwestgateway',
  reason: 'quota exceeded',
  since: '2026-11-21T10:01:00.000Z',
};
const WORKING = { waitingFor: null, reason: null, since: null };
const UNREACHABLE = { type: 'ClusterUnreachable', message: 'connection refused' };

function merged(step: StepProgress, ...pending: PendingStep[]): StepProgress | undefined {
  return mergeProgress(aProgress(step), pending).steps[0];
}

describe('a running step', () => {
  test('is running while its first attempt says nothing', () => {
    expect(merged(aStep('cluster1/a', 'running'), aPending('cluster1/a'))).toEqual(
      aStep('cluster1/a', 'running'),
    );
    expect(
      merged(aStep('cluster1/a', 'running'), aPending('cluster1/a', { heartbeat: WORKING })),
    ).toMatchObject({ state: 'running' });
  });

  test('is waiting, since when and for what its heartbeat says', () => {
    expect(
      merged(aStep('cluster1/a', 'running'), aPending('cluster1/a', { heartbeat: WAITING })),
    ).toMatchObject({
      state: 'waiting',
      since: WAITING.since,
      reason: 'address of Service istio-system/istio-eastwestgateway: quota exceeded',
      attempts: 1,
    });
    expect(
      merged(
        aStep('cluster1/a', 'running'),
        aPending('cluster1/a', { heartbeat: { ...WAITING, reason: null, since: null } }),
      ),
    ).toMatchObject({
      since: START,
      reason: WAITING.waitingFor,
    });
  });

  test('is waiting while its activity is paused in Temporal, and says how it is unpaused', () => {
    const paused = { by: null, reason: null, since: '2026-11-21T10:02:00.000Z' };
    const pending = aPending('cluster1/a', {
      heartbeat: WAITING,
      lastFailure: UNREACHABLE,
      paused,
    });
    expect(merged(aStep('cluster1/a', 'running'), pending)).toMatchObject({
      state: 'waiting',
      since: paused.since,
      reason: 'paused in temporal: temporal activity unpause --activity-id cluster1/a',
    });
  });

  test('is retrying with its attempts and the failure before, since that one', () => {
    const pending = aPending('cluster1/a', {
      attempt: 4,
      lastEndedAt: WAITING.since,
      lastFailure: { ...UNREACHABLE, cure: 'start it' },
      heartbeat: WORKING,
    });
    expect(merged(aStep('cluster1/a', 'running'), pending)).toMatchObject({
      state: 'retrying',
      attempts: 4,
      since: WAITING.since,
      reason: 'connection refused',
      failure: 'ClusterUnreachable',
      cure: 'start it',
    });
  });

  test('is retrying between two attempts, whatever the failed one was waiting for', () => {
    const between = aPending('cluster1/a', {
      attempt: 2,
      started: false,
      lastFailure: UNREACHABLE,
      heartbeat: WAITING,
    });
    expect(merged(aStep('cluster1/a', 'running'), between)).toMatchObject({ state: 'retrying' });
    expect(merged(aStep('cluster1/a', 'running'), { ...between, started: true })).toMatchObject({
      state: 'waiting',
      attempts: 2,
    });
  });

  test('counts the attempts of earlier rounds too', () => {
    const step = aStep('cluster1/a', 'running', { attempts: 3 });
    expect(
      merged(step, aPending('cluster1/a#3', { attempt: 5, lastFailure: UNREACHABLE })),
    ).toMatchObject({ attempts: 7 });
  });
});

test('a step that does not run is what the workflow says, even if an activity is still listed', () => {
  for (const state of ['pending', 'blocked', 'done', 'skipped', 'failed'] as const) {
    expect(
      merged(aStep('cluster1/a', state), aPending('cluster1/a', { heartbeat: WAITING })),
    ).toEqual(aStep('cluster1/a', state));
  }
});

describe('an operation that Temporal closed', () => {
  const closed = { state: 'failed', at: '2026-11-21T11:00:00.000Z' } as const;

  test('without a chance to say so has ended, and so have its steps', () => {
    const progress = mergeProgress(
      aProgress(
        aStep('cluster1/a', 'running'),
        aStep('cluster1/b', 'pending'),
        aStep('cluster1/c', 'done'),
      ),
      [],
      closed,
    );
    expect(progress.operation).toMatchObject({ state: 'failed', finishedAt: closed.at });
    expect(progress.steps.map((step) => step.state)).toEqual(['failed', 'pending', 'done']);
    expect(progress.steps[0]?.reason).toBe('the operation ended before it was done');
  });

  test('keeps what the workflow itself said of its end', () => {
    const said = aProgress(aStep('cluster1/a', 'done'));
    said.operation = { ...said.operation, state: 'succeeded', finishedAt: START };
    expect(mergeProgress(said, [], closed).operation).toEqual(said.operation);
  });
});

test('a status tells of a failed step what is known of it besides, and what cures it', () => {
  const failed = aStep('cluster1/a', 'blocked', {
    failure: 'WaitTimedOut',
    reason: 'istiod did not come within 5m',
    lines: ['pod istiod-1: CrashLoopBackOff'],
    cure: 'look at the pod',
  });
  const waits = aStep('cluster1/b', 'running', { reason: 'wait' });
  expect(meshStatus(aProgress(failed, waits)).steps.map(({ failure }) => failure)).toEqual([
    {
      type: 'WaitTimedOut',
      message: 'istiod did not come within 5m',
      causes: ['pod istiod-1: CrashLoopBackOff'],
      cure: 'look at the pod',
    },
    undefined,
  ]);
});

test('a status has exactly the fields that scripts are promised', () => {
  const sync = { state: 'never', runId: null, since: null, yieldsTo: null } as const;
  const nothing = { targets: [], changes: [], written: 0, trouble: null, ended: null };
  const progress = aProgress(aStep('cluster1/a', 'running'));
  expectStatusFields(meshStatus(progress, { ...sync, ...nothing }));
  expect(meshStatus(progress)).not.toHaveProperty('sync');
});
