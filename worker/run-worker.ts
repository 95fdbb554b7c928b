import { hostname } from 'node:os';
import { Runtime, Worker } from '@temporalio/worker';
import type { Logger, NativeConnection, WorkerInterceptors } from '@temporalio/worker';
import { dataConverterOf } from '../codec/data-converter.ts';
import type { CodecConverter } from '../codec/data-converter.ts';
import { encryptingIdentity } from '../codec/encrypting-identity.ts';
import { TASK_QUEUE } from '../contract/workflow-ids.ts';
import type { SyncActivities } from '../contract/mesh-sync.ts';
import type { StepActivities } from '../contract/step-activities.ts';
import type { WorkerConfig } from './config.ts';
import { awaitNamespace } from './namespace-readiness.ts';
import { connectWhenReachable } from './temporal-connection.ts';
import type { Say } from './temporal-connection.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** What a worker is made of besides its configuration. */
export type WorkerParts = {
  /** Root of the checkout or package: where `workflows/` is. */
  root: string;
  /** One activity for each kind of step, and those of the sync. */
  activities: StepActivities & SyncActivities;
  /** Interceptors around every activity. */
  interceptors: NonNullable<WorkerInterceptors['activity']>;
};

/** How the worker tells what it does. */
export type WorkerEvents = {
  /** A line for people. */
  say: Say;
  /** It polls the task queue from now on. */
  onPolling(): void;
};

/** Waits may last for days and cost next to nothing, so there are slots for all clusters of a large mesh at once. */
const ACTIVITY_SLOTS = 500;
/** Bounds memory: about 350 KB for each cached workflow. */
const CACHED_WORKFLOWS = 200;
/** A killed worker costs this long until its workflows go on elsewhere; the SDK's default is 10 s. */
const STICKY_MS = 1_000;
/** Heartbeats leave as often as activities make them, each second, so that a screen lags no more than that. */
const HEARTBEAT_THROTTLE_MS = 1_000;
/** Steps may finish for this long once the worker is told to stop; then they are cancelled and go on with the next worker. */
const GRACE_MS = 5_000;
/** When even cancelled steps hold the worker up, it ends anyway: their heartbeats time out and they go on with the next worker. */
const FORCE_MS = 15_000;

/** Sends what the SDK and its native core log to our logger, and leaves signals to the CLI. Once in a process. */
export function installRuntime(logger: Logger): void {
  Runtime.install({
    logger,
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
  });
}

/**
 * Runs the worker until the signal aborts and its steps have drained.
 * @throws {StartFailure} when Temporal refuses it
 */
export async function runWorker(
  config: WorkerConfig,
  parts: WorkerParts,
  events: WorkerEvents,
  signal: AbortSignal,
): Promise<void> {
  const dataConverter = dataConverterOf(config.payloadKeys);
  const bundling = workflowBundle(parts.root, config.cache, dataConverter.failureConverterPath);
  bundling.catch(() => undefined);
  const connection = await connectWhenReachable(config.temporal, events.say, signal);
  try {
    await awaitNamespace(connection, config.temporal, events.say, signal);
    const { codePath } = await bundling;
    const worker = await createWorker(config, parts, connection, codePath, dataConverter);
    await runUntilAborted(worker, events, signal);
  } finally {
    await connection.close();
  }
}

function createWorker(
  config: WorkerConfig,
  parts: WorkerParts,
  connection: NativeConnection,
  codePath: string,
  dataConverter: CodecConverter,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath },
    dataConverter,
    identity: encryptingIdentity(`${process.pid}@${hostname()}`, dataConverter.keyId),
    activities: parts.activities,
    interceptors: { activity: parts.interceptors },
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: STICKY_MS,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
    shutdownGraceTime: GRACE_MS,
    shutdownForceTime: FORCE_MS,
  });
}

async function runUntilAborted(
  worker: Worker,
  events: WorkerEvents,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const stop = (): void => {
    events.say(
      `draining: running steps get ${GRACE_MS / 1000}s to finish, then they go on with the next worker`,
    );
    worker.shutdown();
  };
  const running = worker.run();
  signal.addEventListener('abort', stop, { once: true });
  try {
    events.onPolling();
    await running;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
