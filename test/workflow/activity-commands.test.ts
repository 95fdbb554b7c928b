import { describe, expect, test } from '@jest/globals';
import { temporalWritePermit } from '../../activities/adapters/temporal-write-permit.ts';
import { failureInterceptor } from '../../activities/attempt/failure-interceptor.ts';
import { heartbeatInterceptor } from '../../activities/attempt/heartbeat-interceptor.ts';
import { readPending } from '../../client/live/read-pending.ts';
import { mergeProgress } from '../../contract/merge-status.ts';
import type { StepProgress } from '../../contract/mesh-status.ts';
import {
  aPlan,
  awaitTrue,
  type Handle,
  progressOf,
  scriptedInstall,
} from '../support/install-run.ts';
import { NOTHING_CHANGED, type ScriptedSteps } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const STEP = 'cluster1/a';
const PLAN = aPlan({ [STEP]: [], 'cluster1/b': [STEP] });
const NAMESPACE = 'default';

/** Pause between two writes of the step, in milliseconds. */
const WRITE_MS = 20;

/** How the step stands as a screen shows it. */
async function shown(install: Handle): Promise<StepProgress | undefined> {
  const pending = readPending(await install.describe());
  const { steps } = mergeProgress(await progressOf(install), [...pending.values()]);
  return steps.find(({ id }) => id === STEP);
}

/** An install whose step writes for as long as it may; its second attempt finds nothing to do. */
function writingInstall(): { steps: ScriptedSteps; writes: () => number } {
  let writes = 0;
  const steps = scriptedInstall(PLAN).on(STEP, async () => {
    if (steps.started().filter((id) => id === STEP).length > 1) return NOTHING_CHANGED;
    const permit = temporalWritePermit();
    for (;;) {
      await permit.confirmed();
      writes += 1;
      await new Promise((resolve) => setTimeout(resolve, WRITE_MS));
    }
  });
  return { steps, writes: () => writes };
}

describe('an install obeys what is asked of a step in Temporal itself:', () => {
  /** Starts an install and resolves when its step writes. */
  async function started(): Promise<{
    install: Handle;
    steps: ScriptedSteps;
    writes: () => number;
  }> {
    const { steps, writes } = writingInstall();
    await bed.workWith(steps.activities(), 0, [failureInterceptor, heartbeatInterceptor]);
    const install = await bed.start('install');
    await awaitTrue(
      async () => writes(),
      (count) => count > 0,
    );
    return { install, steps, writes };
  }

  function activityOf(install: Handle): { namespace: string; execution: object; id: string } {
    return { namespace: NAMESPACE, execution: { workflowId: install.workflowId }, id: STEP };
  }

  test('paused, it stops writing, says by whom, why and how it goes on, and goes on when it is unpaused', async () => {
    const { install, steps, writes } = await started();
    const { workflowService } = bed.server().client;
    const asked = { identity: 'ana@laptop', reason: 'look first' };
    await workflowService.pauseActivity({ ...activityOf(install), ...asked });
    await awaitTrue(
      async () => steps.ended(),
      (ended) => ended.includes(STEP),
    );
    const written = writes();
    const step = await awaitTrue(
      () => shown(install),
      (now) => now?.state === 'waiting',
    );
    expect(step?.reason).toBe(
      'paused in temporal by ana@laptop ("look first"): temporal activity unpause --activity-id cluster1/a',
    );
    await workflowService.unpauseActivity(activityOf(install));
    await install.result();
    expect(writes()).toBe(written);
    expect(steps.started().filter((id) => id === STEP)).toHaveLength(2);
    expect((await progressOf(install)).operation.state).toBe('succeeded');
  });

  test('reset, its attempt ends, writes nothing more, and another one does the step', async () => {
    const { install, steps, writes } = await started();
    await bed.server().client.workflowService.resetActivity(activityOf(install));
    await install.result();
    const written = writes();
    await new Promise((resolve) => setTimeout(resolve, 3 * WRITE_MS));
    expect(writes()).toBe(written);
    expect(steps.started().filter((id) => id === STEP)).toHaveLength(2);
  });
});
