import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { MeshProgress, OperationKind } from '../../contract/mesh-status.ts';
import { PROGRESS_QUERY, RETRY_UPDATE, WORKFLOWS } from '../../contract/messages.ts';
import type {
  InstallInput,
  InstallResult,
  RetryInput,
  RetryResult,
} from '../../contract/messages.ts';
import { workflowMetadata } from '../../contract/workflow-metadata.ts';
import {
  meshWorkflowId,
  planWorkflowId,
  TASK_QUEUE,
  verifyWorkflowId,
} from '../../contract/workflow-ids.ts';
import type { Plan, PlanStep } from '../../mesh/plan/plan.ts';
import { PLAN_STEP_ID } from '../../mesh/plan/precheck-steps.ts';
import { step } from '../../mesh/plan/step.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import type { UninstallOptions } from '../../mesh/plan/uninstall-options.ts';
import { aMeshSpec, factsOf, surveysOf } from './a-mesh-spec.ts';
import { ScriptedSteps } from './scripted-steps.ts';
import type { TemporalServer } from './temporal-server.ts';

/** Handle of any operation. */
export type Handle = WorkflowHandleWithFirstExecutionRunId<
  (input: InstallInput) => Promise<InstallResult>
>;

const WORKFLOW_IDS = {
  install: meshWorkflowId,
  uninstall: meshWorkflowId,
  plan: planWorkflowId,
  verify: verifyWorkflowId,
};
/** Longest time for a condition to come true, in milliseconds; passed only when something is broken. */
const LIMIT_MS = 20_000;

/** Longest time for an operation to have no workflow task under way, in milliseconds: with a thousand steps on a busy machine one follows the other. */
const QUIET_LIMIT_MS = 90_000;
/** Characters that are shown of the last answer when a condition has not come true. */
const SHOWN = 4_000;

/** A plan for tests: ids of steps with what each needs; all of one kind, for the executor does not look at it. */
export function aPlan(
  needs: { [id: string]: string[] },
  more: { [id: string]: Partial<PlanStep> } = {},
): Plan {
  const steps = Object.entries(needs).map(([id, ids]) => {
    const [cluster = '', name = ''] = id.split('/');
    const input = {
      cluster: { name: cluster, context: cluster },
      mesh: 'mesh1',
      namespace: 'istio-system',
    };
    return {
      ...step('exposeServices', cluster, name, name.replaceAll('-', ' '), ids, input),
      ...more[id],
    } as PlanStep;
  });
  return { digest: '0123456789ab', summary: ['mesh mesh1 · made by a test'], steps };
}

/** Steps whose prechecks report facts and whose planner reports the plan; everything else finds nothing to do. */
export function scriptedInstall(plan: Plan, spec: MeshSpec = aMeshSpec()): ScriptedSteps {
  const steps = new ScriptedSteps();
  for (const facts of factsOf(spec)) {
    steps.on(`${facts.cluster}/precheck`, () => ({ changed: 0, summary: 'ready', facts }));
  }
  return steps.on(PLAN_STEP_ID, () => ({
    changed: 0,
    summary: `${plan.steps.length} steps`,
    plan,
  }));
}

/** Options of an uninstall as the CLI has them by default. */
export function anUninstall(more: Partial<UninstallOptions> = {}): UninstallOptions {
  return {
    crds: false,
    force: false,
    forget: [],
    leaveAfterMs: 120_000,
    remembered: [],
    ...more,
  };
}

/** Steps whose surveys report what they found and whose planner reports the plan; everything else finds nothing to do. */
export function scriptedUninstall(plan: Plan, spec: MeshSpec = aMeshSpec()): ScriptedSteps {
  const steps = new ScriptedSteps();
  for (const survey of surveysOf(spec)) {
    steps.on(`${survey.cluster}/survey`, () => ({ changed: 0, summary: 'seen', survey }));
  }
  return steps.on(PLAN_STEP_ID, () => ({
    changed: 0,
    summary: `${plan.steps.length} steps`,
    plan,
  }));
}

/** Starts an operation as the CLI does. */
export function startOperation(
  server: TemporalServer,
  kind: OperationKind,
  spec: MeshSpec = aMeshSpec(),
  taskQueue = TASK_QUEUE,
  more: Pick<InstallInput, 'graceMs'> & Partial<Pick<InstallInput, 'confirmedDigest'>> = {},
): Promise<Handle> {
  const requester = { by: 'ana@laptop', reason: 'first install' };
  const input: InstallInput & { uninstall?: UninstallOptions } = {
    ...requester,
    spec,
    specDigest: 'digest-of-the-spec',
    confirmedDigest: null,
    ...(kind === 'uninstall' ? { uninstall: anUninstall() } : {}),
    ...more,
  };
  return server.client.workflow.start(WORKFLOWS[kind], {
    taskQueue,
    workflowId: WORKFLOW_IDS[kind](spec.name),
    args: [input],
    ...workflowMetadata(kind, spec, requester),
  }) as Promise<Handle>;
}

/**
 * Where the operation stands, as the workflow says. Asked only while no workflow task is under way: a worker that caches no
 * workflow loses a task that arrives during a query, which costs the test the 10 s of its time limit (seen with SDK 1.24).
 */
export async function progressOf(handle: Handle): Promise<MeshProgress> {
  await awaitTrue(
    () => handle.describe(),
    ({ raw }) => !raw.pendingWorkflowTask,
    QUIET_LIMIT_MS,
  );
  return handle.query<MeshProgress>(PROGRESS_QUERY);
}

/** Waits until the progress is as wanted, and answers it. */
export async function awaitProgress(
  handle: Handle,
  wanted: (progress: MeshProgress) => boolean,
): Promise<MeshProgress> {
  let seen = 0;
  for (;;) {
    const { historyLength } = await awaitTrue(
      () => handle.describe(),
      (now) => now.historyLength !== seen,
    );
    seen = historyLength;
    const progress = await progressOf(handle);
    if (wanted(progress)) return progress;
  }
}

/** Waits until a step is in a state. */
export function awaitStep(handle: Handle, id: string, state: string): Promise<MeshProgress> {
  return awaitProgress(handle, (progress) =>
    progress.steps.some((step) => step.id === id && step.state === state),
  );
}

/** Asks again until the answer is as wanted. */
export async function awaitTrue<T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  limitMs = LIMIT_MS,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(
        `never came true: ${wanted.toString()}; last: ${JSON.stringify(answer).slice(0, SHOWN)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Asks for a retry as the CLI does. */
export function retry(handle: Handle, input: RetryInput): Promise<RetryResult> {
  return handle.executeUpdate<RetryResult, [RetryInput]>(RETRY_UPDATE, { args: [input] });
}

/** States of all steps by id. */
export function statesOf(progress: MeshProgress): { [id: string]: string } {
  return Object.fromEntries(progress.steps.map((step) => [step.id, step.state]));
}
