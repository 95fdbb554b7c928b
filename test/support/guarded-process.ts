import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/**
 * Kills the server, and itself with all that is in its group, when the test's end of standard input closes, which the kernel does however the test dies;
 * also when the server ends by itself, lest the watcher wait on. `$0` is the server, `$@` its arguments.
 */
const GUARD =
  'exec 3<&0; "$0" "$@" </dev/null 3<&- & server=$!; (cat <&3 >/dev/null; kill -9 0) & wait $server; kill -9 0';

/** Starts a server that ends with the test process. `output` is the descriptor that it writes to. @default nowhere */
export function spawnGuarded(
  binary: string,
  args: readonly string[],
  output: number | 'ignore' = 'ignore',
): ChildProcess {
  return spawn('sh', ['-c', GUARD, binary, ...args], {
    stdio: ['pipe', output, output],
    // A session of its own: a signal to the test's group would end the guard and leave a server that takes its time to end.
    detached: true,
  });
}

/** Whether a guard, and so its server, has ended. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Kills a guard's server and waits until both are gone. */
export async function endGuarded(guard: ChildProcess): Promise<void> {
  if (hasEnded(guard)) return;
  const gone = once(guard, 'exit');
  guard.stdin?.end();
  await gone;
}

/** Process id of the server that a guard has started. @throws Error when it does not run */
export function guardedPid(guard: ChildProcess | null, name: string): number {
  const pid = guard?.pid ?? 0;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const found = children.find(
    (child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name,
  );
  if (found === undefined) throw new Error(`${name} does not run`);
  return Number(found);
}
