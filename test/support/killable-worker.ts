/**
 * A worker in a process of its own, so that a test can kill it as a machine would: with SIGKILL in the middle of a step.
 * Arguments: address of Temporal, task queue, plan as JSON, id of the step that is held. It prints `reached` when it is there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NativeConnection } from '@temporalio/worker';
import type { Plan } from '../../mesh/plan/plan.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { scriptedInstall } from './install-run.ts';
import { quietRuntime, startWorker } from './workflow-worker.ts';

/** A worker process that holds a step. */
export type KillableWorker = {
  /** Kills it with SIGKILL and resolves when it is gone. */
  kill(): Promise<void>;
};

/** Starts the process and resolves when an attempt of the step has come to its hold. */
export async function workerHolding(
  address: string,
  taskQueue: string,
  spec: MeshSpec,
  plan: Plan,
  step: string,
): Promise<KillableWorker> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), JSON.stringify({ address, taskQueue, spec, plan, step })],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const gone = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  const ended = gone.then(([code]) => {
    throw new Error(`the worker ended with ${String(code)} before it came to ${step}`);
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return { kill };
}

/** What the process is told. */
type Order = { address: string; taskQueue: string; spec: MeshSpec; plan: Plan; step: string };

async function work({ address, taskQueue, spec, plan, step }: Order): Promise<void> {
  quietRuntime();
  const steps = scriptedInstall(plan, spec);
  const held = steps.hold(step);
  await startWorker(await NativeConnection.connect({ address }), steps.activities(), taskQueue);
  await held.reached;
  process.stdout.write('reached\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Its standard input closes when the test dies in whatever way.
  process.stdin.on('end', () => process.exit()).resume();
  await work(JSON.parse(process.argv[2] ?? '') as Order);
}
