import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, test } from '@jest/globals';
import type { RetryInput } from '../../contract/messages.ts';
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
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const ANA = { by: 'ana@laptop', reason: 'quota raised' };
const BEN = { by: 'ben@ci', reason: 'me too' };

/** Message of the refusal of a retry. */
async function refusal(handle: Handle, input: unknown): Promise<string> {
  const error: unknown = await retry(handle, input as RetryInput).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WorkflowUpdateFailedError))
    throw new Error(`not refused: ${JSON.stringify(error)}`);
  return error.cause?.message ?? '';
}

/** A step that fails in its first round with what a person must cure, and is done in the second. */
function blockedOnce(): () => typeof NOTHING_CHANGED {
  let round = 0;
  return () => {
    round += 1;
    if (round > 1) return NOTHING_CHANGED;
    throw stepFailure('WaitTimedOut', 'service has no address', {
      cure: 'raise the quota',
      lines: ['event: quota exceeded'],
    });
  };
}

describe('a step that needs a person', () => {
  const plan = aPlan({
    'cluster1/a': [],
    'cluster1/b': ['cluster1/a'],
    'cluster2/a': [],
    'cluster2/b': ['cluster2/a'],
  });

  test('is blocked with its reason and cure while everything that does not need it goes on', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', blockedOnce());
    await bed.work(steps);
    const install = await bed.start('install');
    const progress = await awaitStep(install, 'cluster2/b', 'done');
    expect(statesOf(progress)).toMatchObject({ 'cluster1/a': 'blocked', 'cluster1/b': 'pending' });
    expect(progress.steps.find((step) => step.id === 'cluster1/a')).toMatchObject({
      reason: 'service has no address',
      failure: 'WaitTimedOut',
      cure: 'raise the quota',
      lines: ['event: quota exceeded'],
      attempts: 1,
    });
    await retry(install, { step: 'cluster1/a', ...ANA });
    await install.result();
  });

  test('goes on when told, and names who told it and why', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', blockedOnce());
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitStep(install, 'cluster1/a', 'blocked');
    expect(await retry(install, { step: 'cluster1/a', ...ANA })).toEqual({
      step: 'cluster1/a',
      round: 2,
    });
    await install.result();
    const progress = await progressOf(install);
    expect(progress.operation.state).toBe('succeeded');
    expect(progress.steps.find((step) => step.id === 'cluster1/a')).toMatchObject({
      state: 'done',
      attempts: 2,
      failure: null,
      cure: null,
      lastRetry: { ...ANA },
    });
    expect(
      steps
        .calls()
        .filter((call) => call.step === 'cluster1/a')
        .map((call) => call.round),
    ).toEqual([1, 2]);
  });

  test('makes the operation blocked only when nothing else runs', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', blockedOnce());
    const held = steps.hold('cluster2/b');
    await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    expect((await awaitStep(install, 'cluster1/a', 'blocked')).operation.state).toBe('running');
    held.release();
    await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
    await retry(install, { step: 'cluster1/a', ...ANA });
    await install.result();
  });

  test('may be a precheck: the install waits and is not lost', async () => {
    const steps = scriptedInstall(plan);
    let refused = true;
    steps.on('cluster2/precheck', () => {
      if (refused) throw stepFailure('Forbidden', 'may not create secrets');
      return { ...NOTHING_CHANGED, facts: { ...FACTS, cluster: 'cluster2' } };
    });
    await bed.work(steps);
    const confirmed = { confirmedDigest: plan.digest };
    const install = await bed.start('install', bed.spec(), confirmed);
    await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
    expect(steps.started()).not.toContain('mesh/plan');
    refused = false;
    await retry(install, { step: 'cluster2/precheck', ...ANA });
    await install.result();
  });

  test('may be the plan: planning again reads every cluster again', async () => {
    const steps = scriptedInstall(plan);
    let seen = 'before the repair';
    steps.on('cluster1/precheck', () => ({
      ...NOTHING_CHANGED,
      facts: { ...FACTS, cluster: 'cluster1', kubernetesVersion: seen },
    }));
    steps.on('mesh/plan', ({ input, round }) => {
      if (round === 1) throw stepFailure('TrustMismatch', 'two roots');
      return { ...NOTHING_CHANGED, summary: JSON.stringify(input), plan };
    });
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitStep(install, 'mesh/plan', 'blocked');
    seen = 'after the repair';
    await retry(install, { step: 'mesh/plan', ...ANA });
    await install.result();
    const planned = steps
      .calls()
      .filter((call) => call.step === 'mesh/plan')
      .map((call) => JSON.stringify(call.input));
    expect(planned[0]).toContain('before the repair');
    expect(planned[1]).toContain('after the repair');
  });

  test('may be the verification: a pair that is not ok blocks an install', async () => {
    const pair = {
      from: 'cluster1',
      to: 'cluster2',
      ok: false,
      requests: 20,
      answers: 0,
      reason: 'no route',
    };
    const steps = scriptedInstall(aPlan({ 'mesh/verify-traffic': [] }));
    steps.on('mesh/verify-traffic', ({ round }) => ({
      ...NOTHING_CHANGED,
      pairs: [{ ...pair, ok: round > 1 }],
    }));
    await bed.work(steps);
    const install = await bed.start('install');
    const progress = await awaitStep(install, 'mesh/verify-traffic', 'blocked');
    expect(progress.steps.at(-1)).toMatchObject({
      failure: 'VerifyFailed',
      lines: ['cluster1 → cluster2: 0 of 20 requests answered; no route'],
    });
    await retry(install, { step: 'mesh/verify-traffic', ...ANA });
    await install.result();
  });
});

describe('trouble that passes', () => {
  test('is retried without a person, and the attempts are told', async () => {
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [] })).on('cluster1/a', ({ attempt }) => {
      if (attempt < 3) throw stepFailure('ClusterUnreachable', 'connection refused');
      return { ...NOTHING_CHANGED, attempts: attempt };
    });
    await bed.work(steps);
    const install = await bed.start('install');
    await install.result();
    expect(
      (await progressOf(install)).steps.find((step) => step.id === 'cluster1/a'),
    ).toMatchObject({ state: 'done', attempts: 3 });
  });
});

test('a step that is blocked after attempts that passed tells how many there were', async () => {
  const steps = scriptedInstall(aPlan({ 'cluster1/a': [] })).on(
    'cluster1/a',
    ({ attempt, round }) => {
      if (round > 1) return NOTHING_CHANGED;
      if (attempt < 3) throw stepFailure('ClusterUnreachable', 'connection refused');
      throw stepFailure('Forbidden', 'may not', { attempts: attempt });
    },
  );
  await bed.work(steps);
  const install = await bed.start('install');
  const blocked = await awaitStep(install, 'cluster1/a', 'blocked');
  expect(blocked.steps.find((step) => step.id === 'cluster1/a')?.attempts).toBe(3);
  await retry(install, { step: 'cluster1/a', ...ANA });
  await install.result();
  const done = await progressOf(install);
  expect(done.steps.find((step) => step.id === 'cluster1/a')?.attempts).toBe(4);
});

describe('a failure that no retry can cure', () => {
  test.each(['PlanChanged', 'InvalidMeshSpec'] as const)(
    '%s fails the install with its type and cure',
    async (type) => {
      const steps = scriptedInstall(aPlan({})).on('mesh/plan', () => {
        throw stepFailure(type, 'the plan is now another one', { cure: 'plan again' });
      });
      await bed.work(steps);
      const install = await bed.start('install');
      const error: unknown = await install.result().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(WorkflowFailedError);
      expect((error as WorkflowFailedError).cause).toMatchObject({
        type,
        message: 'mesh/plan: the plan is now another one',
        details: [{ cure: 'plan again', lines: [] }],
      });
      expect((await progressOf(install)).operation.state).toBe('failed');
    },
  );

  test('stops what else is running', async () => {
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [], 'cluster2/a': [] }));
    const held = steps.hold('cluster1/a');
    steps.on('cluster2/a', async () => {
      await held.reached;
      throw stepFailure('InvalidMeshSpec', 'overlay does not render');
    });
    await bed.work(steps);
    const install = await bed.start('install');
    await expect(install.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    expect(steps.ended()).toContain('cluster1/a');
    expect(statesOf(await progressOf(install))).toMatchObject({
      'cluster1/a': 'failed',
      'cluster2/a': 'failed',
    });
  });
});

describe('a retry is refused before anything is recorded', () => {
  test('for a step that is unknown, done or running, and without who or why', async () => {
    const steps = scriptedInstall(
      aPlan({ 'cluster1/first': [], 'cluster1/second': ['cluster1/first'], 'cluster2/first': [] }),
    );
    steps.on('cluster2/first', blockedOnce());
    const held = steps.hold('cluster1/second');
    await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    await awaitStep(install, 'cluster2/first', 'blocked');
    expect(await refusal(install, { step: 'cluster2/fist', ...ANA })).toBe(
      'unknown step "cluster2/fist"; did you mean "cluster2/first"?',
    );
    expect(await refusal(install, { step: 'gateway', ...ANA })).toBe(
      'unknown step "gateway"; blocked: cluster2/first',
    );
    expect(await refusal(install, { step: 'cluster1/first', ...ANA })).toBe(
      'step "cluster1/first" is done: only a blocked step can be retried; blocked: cluster2/first',
    );
    expect(await refusal(install, { step: 'cluster1/second', ...ANA })).toMatch(
      /^step "cluster1\/second" is running: /u,
    );
    expect(await refusal(install, { step: 'cluster2/first', by: 'ana', reason: ' ' })).toBe(
      'field reason is empty: say why',
    );
    expect(await refusal(install, { step: 'cluster2/first', by: '', reason: 'x' })).toBe(
      'field by is empty: say who asks',
    );
    expect(
      await refusal(install, { step: 'cluster2/first', by: 'ana', reason: 'x'.repeat(501) }),
    ).toBe('field reason has 501 characters: 500 at most');
    expect(await refusal(install, null)).toMatch(/^field step is missing/u);
    const { events } = await install.fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual(
      [],
    );
    held.release();
    await retry(install, { step: 'cluster2/first', ...ANA });
    await install.result();
  });

  test('for the second of two people, naming the first', async () => {
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [] })).on('cluster1/a', blockedOnce());
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitStep(install, 'cluster1/a', 'blocked');
    const held = steps.hold('cluster1/a');
    await retry(install, { step: 'cluster1/a', ...ANA });
    await held.reached;
    expect(await refusal(install, { step: 'cluster1/a', ...BEN })).toMatch(
      /^step "cluster1\/a" is running again: ana@laptop retried it at .+ \("quota raised"\)$/u,
    );
    held.release();
    await install.result();
  });
});

const FACTS = {
  cluster: '',
  kubernetesVersion: 'v1.36.3',
  contextServer: 'https://cluster.example.com:6443',
  rootFingerprint: null,
  istio: { state: 'none' as const },
  gatewayAddresses: [],
  verifiedDigest: null,
};
