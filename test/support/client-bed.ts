import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import { runMeshwright } from '../../bin/run-meshwright.ts';
import type { RunResult } from '../../bin/run-meshwright.ts';
import { TASK_QUEUE } from '../../contract/workflow-ids.ts';
import type { ScriptedSteps } from './scripted-steps.ts';
import { startTemporalServer } from './temporal-server.ts';
import type { TemporalServer } from './temporal-server.ts';
import { quietRuntime, startWorker } from './workflow-worker.ts';
import type { RunningWorker, TestActivities } from './workflow-worker.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'primary-remote-discovered.yaml');
/** Time for the toolchain to unpack the server on a fresh machine and for the workflows to be bundled, in milliseconds. */
const START_LIMIT_MS = 180_000;
/** Time for one test on a busy machine, in milliseconds; passed only when something is broken. */
const TEST_LIMIT_MS = 90_000;
/** Workflows that a worker caches: commands query them while they run. */
const CACHED_WORKFLOWS = 10;

/** A Temporal server, commands that use it, and a worker where the test wants one. */
export type ClientBed = {
  /** The server, from the first test on. */
  server(): TemporalServer;
  /** Variables of a command of that person. @default ana@laptop */
  env(user?: string): { [name: string]: string | undefined };
  /** Runs a command to its end, as ana@laptop. */
  meshwright(...words: string[]): Promise<RunResult>;
  /** Writes a mesh file of two clusters for a mesh of that name, which `change` may have changed, and answers its path. */
  meshFile(mesh: string, change?: (text: string) => string): Promise<string>;
  /** Starts a worker with the steps, in place of the one that runs; stopped at the end of the test if it still runs. */
  work(steps: ScriptedSteps, cachedWorkflows?: number): Promise<void>;
  /** The same with these activities. */
  workWith(activities: TestActivities): Promise<void>;
  /** Stops the worker, so that there is none. */
  rest(): Promise<void>;
};

/** Prepares a bed with the hooks of the test file that calls it. */
export function clientBed(): ClientBed {
  let running: TemporalServer | undefined;
  let folder = '';
  let files = 0;
  let worker: RunningWorker | undefined;
  jest.setTimeout(TEST_LIMIT_MS);

  const server = (): TemporalServer => {
    if (running === undefined)
      throw new Error('the server is started by beforeAll: ask for it in a test');
    return running;
  };
  const env: ClientBed['env'] = (user = 'ana@laptop') => ({
    TEMPORAL_ADDRESS: server().address,
    TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
    MESHWRIGHT_USER: user,
  });
  const rest = async (): Promise<void> => {
    await worker?.stop();
    worker = undefined;
  };
  const start = async (activities: TestActivities, cachedWorkflows: number): Promise<void> => {
    await rest();
    const { nativeConnection } = server();
    worker = await startWorker(nativeConnection, activities, TASK_QUEUE, cachedWorkflows);
  };

  beforeAll(async () => {
    quietRuntime();
    running = await startTemporalServer();
    folder = await mkdtemp(join(tmpdir(), 'client-bed-'));
  }, START_LIMIT_MS);
  afterEach(rest);
  afterAll(async () => {
    await running?.stop();
  });

  return {
    server,
    env,
    meshwright: (...words) => runMeshwright(words, { env: env(), timeoutMs: TEST_LIMIT_MS }),
    meshFile: async (mesh, change = (text) => text) => {
      files += 1;
      const file = join(folder, `${mesh}-${files}.yaml`);
      const text = (await readFile(EXAMPLE, 'utf8')).replace('name: mesh1', `name: ${mesh}`);
      await writeFile(file, change(text));
      return file;
    },
    work: (steps, cachedWorkflows = CACHED_WORKFLOWS) => start(steps.activities(), cachedWorkflows),
    workWith: (activities) => start(activities, CACHED_WORKFLOWS),
    rest,
  };
}
