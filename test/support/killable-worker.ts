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
  /** Lets it fill its heap until it dies of that, and resolves with the signal or exit code of its end. */
  exhaust(): Promise<string | number | null>;
};

/** Heap of the process, in MiB: enough for its work, and full within a second. */
const HEAP_MIB = 256;

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
    [
      `--max-old-space-size=${HEAP_MIB}`,
      fileURLToPath(import.meta.url),
      JSON.stringify({ address, taskQueue, spec, plan, step }),
    ],
    // Its last words when it is out of memory are V8's, a page of them.
    { stdio: ['pipe', 'pipe', 'ignore'] },
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
  const exhaust = async (): Promise<string | number | null> => {
    child.stdin.write('fill\n');
    const [code, signal] = (await gone) as [number | null, string | null];
    return signal ?? code;
  };
  return { kill, exhaust };
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

/** Allocates what is never let go, until V8 ends the process. */
function fillHeap(): void {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 100_000 }, Math.random));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Its standard input closes when the test dies in whatever way.
  process.stdin.on('end', () => process.exit()).on('data', fillHeap);
  await work(JSON.parse(process.argv[2] ?? '') as Order);
}
