import { WorkflowFailedError } from '@temporalio/client';
import { describe, expect, test } from '@jest/globals';
import type { PlanResult, VerifyResult } from '../../contract/messages.ts';
import type { VerifyPair } from '../../mesh/plan/verify-report.ts';
import { aPlan, awaitStep, progressOf, scriptedInstall, statesOf } from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { NOTHING_CHANGED, ScriptedSteps, stepFailure } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();

async function failureOf(operation: Handle): Promise<unknown> {
  const error: unknown = await operation.result().catch((thrown: unknown) => thrown);
  if (!(error instanceof WorkflowFailedError))
    throw new Error(`did not fail: ${JSON.stringify(error)}`);
  return error.cause;
}

describe('planMesh', () => {
  const plan = aPlan({ 'cluster1/a': [] });

  test('answers with the plan and runs none of it', async () => {
    const steps = scriptedInstall(plan);
    await bed.work(steps);
    const planning = await bed.start('plan');
    expect(((await planning.result()) as unknown as PlanResult).plan).toEqual(plan);
    expect(steps.started().sort()).toEqual(['cluster1/precheck', 'cluster2/precheck', 'mesh/plan']);
  });

  test('fails with every refusal at once, after it has looked at every cluster', async () => {
    const steps = scriptedInstall(plan);
    steps.on('cluster1/precheck', () => {
      throw stepFailure('UnsupportedVersion', 'kubernetes v1.20.0 is too old', {
        cure: 'upgrade cluster1',
      });
    });
    steps.on('cluster2/precheck', () => {
      throw stepFailure('Forbidden', 'may not create secrets', {
        cure: 'grant it',
        lines: ['verb create on secrets'],
      });
    });
    const held = steps.hold('cluster2/precheck');
    await bed.work(steps);
    const planning = await bed.start('plan');
    await awaitStep(planning, 'cluster1/precheck', 'failed');
    held.release();
    const failure = await failureOf(planning);
    expect(failure).toMatchObject({
      message:
        'cluster1/precheck: kubernetes v1.20.0 is too old; cluster2/precheck: may not create secrets',
      type: 'UnsupportedVersion',
      details: [
        {
          cure: 'upgrade cluster1; grant it',
          lines: ['cluster2/precheck: verb create on secrets'],
        },
      ],
    });
    const progress = await progressOf(planning);
    expect(progress.operation.state).toBe('failed');
    expect(statesOf(progress)).toEqual({
      'cluster1/precheck': 'failed',
      'cluster2/precheck': 'failed',
      'mesh/plan': 'pending',
    });
  });
});

describe('verifyMesh', () => {
  const pairs: VerifyPair[] = [
    { from: 'cluster1', to: 'cluster1', ok: true, requests: 20, answers: 10, reason: null },
    { from: 'cluster1', to: 'cluster2', ok: false, requests: 20, answers: 0, reason: 'no route' },
  ];

  test('answers with the whole matrix when a pair is not ok, and its state is failed', async () => {
    await bed.work(
      new ScriptedSteps().on('mesh/verify-traffic', () => ({ ...NOTHING_CHANGED, pairs })),
    );
    const verification = await bed.start('verify');
    const { report } = (await verification.result()) as unknown as VerifyResult;
    expect(report).toMatchObject({ kind: 'VerifyReport', ok: false, pairs });
    expect((await progressOf(verification)).operation.state).toBe('failed');
  });

  test('succeeds when every pair is ok', async () => {
    await bed.work(
      new ScriptedSteps().on('mesh/verify-traffic', () => ({
        ...NOTHING_CHANGED,
        pairs: pairs.slice(0, 1),
      })),
    );
    const verification = await bed.start('verify');
    expect(((await verification.result()) as unknown as VerifyResult).report.ok).toBe(true);
    expect((await progressOf(verification)).operation.state).toBe('succeeded');
  });

  test('fails when the requests cannot be sent', async () => {
    await bed.work(
      new ScriptedSteps().on('mesh/verify-traffic', () => {
        throw stepFailure('Forbidden', 'may not create pods', { cure: 'grant it' });
      }),
    );
    expect(await failureOf(await bed.start('verify'))).toMatchObject({
      type: 'Forbidden',
      message: 'mesh/verify-traffic: may not create pods',
      details: [{ cure: 'grant it' }],
    });
  });
});
