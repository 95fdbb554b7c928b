import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import type { OperationKind } from '../../contract/mesh-status.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { aMeshSpec } from './a-mesh-spec.ts';
import { startOperation } from './install-run.ts';
import type { Handle } from './install-run.ts';
import type { ScriptedSteps } from './scripted-steps.ts';
import { startTemporalServer } from './temporal-server.ts';
import type { TemporalServer } from './temporal-server.ts';
import { quietRuntime, startWorker } from './workflow-worker.ts';
import type { RunningWorker, TestActivities } from './workflow-worker.ts';

/** Time for the toolchain to unpack the server on a fresh machine and for the workflows to be bundled, in milliseconds. */
const START_LIMIT_MS = 180_000;
/** Time for one test on a busy machine, in milliseconds; passed only when something is broken. */
const TEST_LIMIT_MS = 60_000;

/** How a worker differs from the usual one: workflows it caches, interceptors around its activities. */
type WorkerMore = [maxCachedWorkflows?: number, interceptors?: Parameters<typeof startWorker>[4]];

/** How an install differs from the usual one. */
type StartMore = [more?: Parameters<typeof startOperation>[4]];

/** A Temporal server for the tests of a file, and a mesh and task queue of its own for each test. */
export type WorkflowBed = {
  /** The server, from the first test on. */
  server(): TemporalServer;
  /** Task queue of the running test. */
  taskQueue(): string;
  /** A spec whose mesh name is the running test's own. */
  spec(more?: Parameters<typeof aMeshSpec>[0]): MeshSpec;
  /** Starts a worker with the steps; stopped at the end of the test if it still runs. It caches no workflow by default. */
  work(steps: ScriptedSteps, maxCachedWorkflows?: number): Promise<RunningWorker>;
  /** Starts a worker with these activities; stopped at the end of the test if it still runs. It caches no workflow by default. */
  workWith(activities: TestActivities, ...more: WorkerMore): Promise<RunningWorker>;
  /** Starts an operation on the mesh of the running test. */
  start(kind: OperationKind, spec?: MeshSpec, ...more: StartMore): Promise<Handle>;
};

/** Prepares a bed with the hooks of the test file that calls it. */
export function workflowBed(): WorkflowBed {
  let server: TemporalServer | undefined;
  let workers: RunningWorker[] = [];
  let test = 1;
  jest.setTimeout(TEST_LIMIT_MS);
  beforeAll(async () => {
    quietRuntime();
    server = await startTemporalServer();
  }, START_LIMIT_MS);
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    workers = [];
    test += 1;
  });
  afterAll(() => server?.stop());
  const current = (): TemporalServer => {
    if (server === undefined)
      throw new Error('the server is started by beforeAll: ask for it in a test');
    return server;
  };
  const taskQueue = (): string => `queue-${test}`;
  const spec: WorkflowBed['spec'] = (more = {}) => aMeshSpec({ name: `mesh${test}`, ...more });
  const workWith: WorkflowBed['workWith'] = async (activities, ...more) => {
    const { nativeConnection } = current();
    const worker = await startWorker(nativeConnection, activities, taskQueue(), ...more);
    workers.push(worker);
    return worker;
  };
  return {
    server: current,
    taskQueue,
    spec,
    work: (steps, maxCachedWorkflows) => workWith(steps.activities(), maxCachedWorkflows),
    workWith,
    start: (kind, of = spec(), ...more) =>
      startOperation(current(), kind, of, taskQueue(), ...more),
  };
}
