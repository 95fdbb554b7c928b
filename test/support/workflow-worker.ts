import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerInterceptors } from '@temporalio/worker';
import type { CodecConverter } from '../../codec/data-converter.ts';
import { encryptingIdentity } from '../../codec/encrypting-identity.ts';
import type { SyncActivities } from '../../contract/mesh-sync.ts';
import type { StepActivities } from '../../contract/step-activities.ts';
import { TASK_QUEUE } from '../../contract/workflow-ids.ts';
import { workflowBundle } from '../../worker/workflow-bundle.ts';
import { TEST_IDENTITY } from './temporal-server.ts';

/** Root of the checkout. */
const ROOT = join(import.meta.dirname, '..', '..');
/** Where bundles are kept from run to run, which the temporary folder is not. */
const BUNDLES = join(ROOT, 'node_modules', '.cache');

/** What a worker of a test can do. */
export type TestActivities = Partial<StepActivities & SyncActivities>;

/** A worker that polls until it is stopped. */
export type RunningWorker = {
  /** Drains and resolves when it has ended. */
  stop(): Promise<void>;
};

/** Keeps the SDK's warnings about failing attempts, which tests provoke, out of the test's output. Once in a process. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
}

/** Path of the bundled workflows; made once for each state of the sources. */
export async function bundledWorkflows(failureConverter?: string): Promise<string> {
  const { codePath } = await workflowBundle(ROOT, BUNDLES, failureConverter);
  return codePath;
}

/**
 * Runs the real workflows with the given steps. By default it caches no workflow, so that every workflow task replays its
 * history.
 */
export async function startWorker(
  connection: NativeConnection,
  activities: TestActivities,
  taskQueue = TASK_QUEUE,
  maxCachedWorkflows = 0,
  interceptors: NonNullable<WorkerInterceptors['activity']> = [],
  dataConverter: Partial<CodecConverter> = {},
): Promise<RunningWorker> {
  const worker = await Worker.create({
    connection,
    taskQueue,
    activities,
    interceptors: { activity: interceptors },
    identity: encryptingIdentity(TEST_IDENTITY, dataConverter.keyId ?? null),
    workflowBundle: { codePath: await bundledWorkflows(dataConverter.failureConverterPath) },
    dataConverter,
    maxCachedWorkflows,
    maxConcurrentActivityTaskExecutions: 500,
    maxHeartbeatThrottleInterval: '200ms',
    defaultHeartbeatThrottleInterval: '200ms',
    shutdownGraceTime: 0,
    // A test that failed may have left a step held for ever.
    shutdownForceTime: '10s',
  });
  const running = worker.run();
  running.catch(() => undefined);
  const stop = async (): Promise<void> => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  };
  return { stop };
}
