import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Plan, PlanStep } from '../../mesh/plan/plan.ts';
import { awaitTrue, aPlan } from './install-run.ts';
import type { Handle } from './install-run.ts';

/** Instant steps that no one run has room for: each costs three events at least, and a few more are kept for the end. */
const TOO_MANY = 1_330;

/** Longest time for a run to become full, in milliseconds; passed only when something is broken. */
const FULL_LIMIT_MS = 90_000;

/** A plan whose instant steps, `cluster2/n…`, are more than one run has room for, beside and behind the given ones. */
export function longPlan(
  needs: { [id: string]: string[] },
  more: { [id: string]: Partial<PlanStep> } = {},
): Plan {
  const instant = Array.from({ length: TOO_MANY }, (_, index) => [`cluster2/n${index}`, []]);
  return aPlan({ ...needs, ...Object.fromEntries(instant) }, more);
}

/** What makes a step of a plan for tests a wait. */
export const AS_WAIT: Partial<PlanStep> = {
  kind: 'awaitGatewayAddress',
  title: 'gateway address',
};

/**
 * Waits until the run has come to its end but for steps that are held: nothing is under way but them, and no instant step
 * is started although there are some left.
 */
export async function awaitFull(install: Handle, held: number): Promise<void> {
  await awaitTrue(
    () => install.describe(),
    ({ raw, historyLength }: WorkflowExecutionDescription) =>
      historyLength > TOO_MANY &&
      !raw.pendingWorkflowTask &&
      raw.pendingActivities?.length === held,
    FULL_LIMIT_MS,
  );
}

/** Waits until the operation goes on in another run, and answers its id. */
export async function awaitNextRun(install: Handle, before: string): Promise<string> {
  const { runId } = await awaitTrue(
    () => install.describe(),
    ({ runId: now }) => now !== before,
    FULL_LIMIT_MS,
  );
  return runId;
}
