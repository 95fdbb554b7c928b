/**
 * A worker in a process of its own that does the real step `applyResources` over the real adapters, as `meshwright worker` does; prechecks and plan are given.
 * It runs no workflow and one step at a time, so that a frozen one swallows no task that others could do. A line on standard input,
 * the path of a file, blocks its event loop until that file is gone. It prints a line when it polls, when an
 * attempt wants to write and Temporal does not answer, and when an attempt has ended.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Plan } from '../../mesh/plan/plan.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { composeWorker } from '../../worker/compose-worker.ts';
import { readWorkerConfig } from '../../worker/config.ts';
import { scriptedInstall } from './install-run.ts';

/** What a process is told. */
export type StepsOrder = {
  /** Address of Temporal. */
  address: string;
  /** Task queue. */
  taskQueue: string;
  /** Kubeconfig with the clusters of the plan. */
  kubeconfig: string;
  /** What is installed. */
  spec: MeshSpec;
  /** The plan of it, whose steps are of kind `applyResources`. */
  plan: Plan;
};

/** A worker process. */
export type StepsWorker = {
  /** Stops the process as it stands (SIGSTOP). */
  freeze(): void;
  /** Lets it go on (SIGCONT). */
  thaw(): void;
  /** Blocks its event loop until the file, which exists, is gone. */
  block(file: string): void;
  /** Resolves when an attempt wants to write and cannot hear from Temporal whether it may. */
  waiting: Promise<unknown>;
  /** Resolves when an attempt of `applyResources` has ended in any way. */
  ended: Promise<unknown>;
  /** Kills it with SIGKILL and resolves when it is gone. */
  kill(): Promise<void>;
};

/** Starts the process and resolves when it polls. */
export async function startStepsWorker(order: StepsOrder): Promise<StepsWorker> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const said = (line: string): Promise<void> =>
    new Promise((resolve) => lines.on('line', (now) => now === line && resolve()));
  const [waiting, ended] = [said('waiting'), said('ended')];
  await Promise.race([
    said('polling'),
    gone.then(([code]) => {
      throw new Error(`the worker ended with ${String(code)}`);
    }),
  ]);
  return {
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    block: (file) => child.stdin.write(`${file}\n`),
    waiting,
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Pause between looks at the file while the event loop is blocked, in milliseconds. */
const LOOK_MS = 50;

function blockUntilGone(file: string): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  while (existsSync(file)) Atomics.wait(nothing, 0, 0, LOOK_MS);
}

async function work({ address, taskQueue, kubeconfig, spec, plan }: StepsOrder): Promise<void> {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message }) => {
      if (message.includes('nothing is written')) process.stdout.write('waiting\n');
    }),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const env = { KUBECONFIG: kubeconfig, TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };
  const { activities, interceptors } = composeWorker(readWorkerConfig({ address }, env));
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue,
    activities: {
      ...scriptedInstall(plan, spec).activities(),
      applyResources: (input: Parameters<typeof activities.applyResources>[0]) =>
        activities.applyResources(input).finally(() => process.stdout.write('ended\n')),
    },
    interceptors: { activity: interceptors },
    maxConcurrentActivityTaskExecutions: 1,
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
  });
  const running = worker.run();
  process.stdout.write('polling\n');
  await running;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Its standard input closes when the test dies in whatever way.
  const orders = createInterface(process.stdin);
  orders.on('line', blockUntilGone).on('close', () => process.exit());
  await work(JSON.parse(process.argv[2] ?? '') as StepsOrder);
}
