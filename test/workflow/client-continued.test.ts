import { expect, test } from '@jest/globals';
import { startCli } from '../support/cli-run.ts';
import { clientBed } from '../support/client-bed.ts';
import { awaitStep, scriptedInstall } from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { AS_WAIT, awaitFull, awaitNextRun, longPlan } from '../support/long-plan.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';

/** Time for the whole life of a long install on a busy machine, in milliseconds. */
const LIMIT_MS = 150_000;

const { env, meshFile, meshwright, rest, server, work } = clientBed();

test(
  'an install that goes on in another run is one operation: followed, shown, retried and recorded as such',
  async () => {
    const plan = longPlan(
      { 'cluster1/a': [], 'cluster1/b': [], 'cluster1/wait': [], 'cluster1/work': [] },
      { 'cluster1/wait': AS_WAIT },
    );
    const steps = scriptedInstall(plan);
    for (const id of ['cluster1/a', 'cluster1/b']) {
      steps.on(id, ({ round }) => {
        if (round > 1) return NOTHING_CHANGED;
        throw stepFailure('Forbidden', 'may not', { cure: 'grant it' });
      });
    }
    const wait = steps.hold('cluster1/wait');
    const held = steps.hold('cluster1/work');
    await work(steps);
    const follower = startCli(
      ['install', '-f', await meshFile('long'), '--yes', '--progress', 'jsonl', '-o', 'json'],
      env(),
    );
    await wait.reached;
    const any = server().client.workflow.getHandle('mesh-long') as Handle;
    await awaitFull(any, 2);
    const { runId: first } = await any.describe();
    const retried = await meshwright('retry', 'long', 'cluster1/a', '--reason', 'x', '--detach');
    expect(retried.exitCode).toBe(0);
    held.release();
    const second = await awaitNextRun(any, first);
    await awaitStep(any, 'cluster1/a', 'done');

    const status = JSON.parse((await meshwright('status', 'long', '-o', 'json')).stdout);
    expect(status).toMatchObject({
      operation: { state: 'running', runId: second, firstRunId: first },
    });
    const again = await meshwright('retry', 'long', 'cluster1/b', '--reason', 'y', '--detach');
    expect(again.exitCode).toBe(0);
    wait.release();
    expect(await follower.ended).toBe(0);
    const answer = JSON.parse(follower.stdout()) as { operation: object; steps: object[] };
    expect(answer).toMatchObject({ operation: { state: 'succeeded', runId: second } });
    expect(answer.steps).toHaveLength(plan.steps.length + 3);
    const told = follower
      .stderr()
      .trimEnd()
      .split('\n')
      .flatMap((line) =>
        line.startsWith('{') ? [JSON.parse(line) as { state: string; step: string | null }] : [],
      );
    const ofOperation = told.flatMap(({ state, step }) => (step === null ? [state] : []));
    expect(ofOperation).toEqual(['running', 'succeeded']);

    // without a worker as well: from the histories alone
    await rest();
    const history = JSON.parse((await meshwright('history', 'long', '-o', 'json')).stdout);
    expect(history.operations).toHaveLength(1);
    for (const run of [first, second]) {
      const { stdout } = await meshwright('history', 'long', run, '-o', 'json');
      const { operations } = JSON.parse(stdout);
      expect(operations).toEqual(history.operations);
      expect(operations).toMatchObject([
        {
          state: 'succeeded',
          runId: second,
          startedAt: status.operation.startedAt,
          decisions: [{ step: 'cluster1/a' }, { step: 'cluster1/b' }],
        },
      ]);
    }
    const [{ steps: recorded }] = history.operations;
    const attempts = new Set(
      recorded.map(
        (step: { id: string; state: string; attempts: number }) =>
          `${step.state} ${['cluster1/a', 'cluster1/b'].includes(step.id) ? step.attempts - 1 : step.attempts}`,
      ),
    );
    expect(attempts).toEqual(new Set(['done 1']));
  },
  LIMIT_MS,
);
