import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { carriedState } from '../contract/carried-install.ts';
import type { InstallInput, UninstallInput } from '../contract/messages.ts';
import type { PlanRun } from './run-plan.ts';

/**
 * Ends this run and begins the next, with what is left to do. Waits in flight are left behind: they only read, learn of the end
 * with their next heartbeat, and go on in the next run on their old clock. (The verification writes, too, but in namespaces of its
 * own attempt, and with the same clock its twin cleans up after it.) A decision is on the board when its handler has
 * ended, and the board is carried; nothing can come in between here and the end.
 */
export async function continueOperation(
  input: InstallInput | UninstallInput,
  run: PlanRun,
): Promise<never> {
  await condition(allHandlersFinished);
  const { board } = run;
  run.publish();
  const startedAt = input.carried?.startedAt ?? workflowInfo().startTime.toISOString();
  const state = carriedState({ open: board.openSteps(), board: board.carried() }, input.spec);
  const { holds } = board.decisions;
  const decided = Object.keys(holds).length === 0 ? {} : { decided: holds };
  return continueAsNew({
    ...input,
    carried: { startedAt, plan: board.plan(), state, ...decided, ...board.away.carried() },
  });
}
