import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process as no other can be mistaken for it: ids are used again, start times are not. */
export interface ProcessIdentity {
  /** Process id. */
  readonly pid: number;
  /** Start time in clock ticks since boot (proc(5), stat field 22). */
  readonly startTicks: string;
}

/**
 * Identifies a running process below `proc`; undefined when there is none with this id. One whose first thread has ended is a zombie while the others
 * still end, and keeps its ports until the last of them has (exit_files in the kernel's do_exit): it runs until then.
 */
export function identifyProcess(pid: number, proc = '/proc'): ProcessIdentity | undefined {
  try {
    // The command's name may hold spaces and brackets, so fields are counted after the last ")".
    const stat = readFileSync(`${proc}/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = fields[19];
    const gone = fields[0] === 'Z' && readdirSync(`${proc}/${pid}/task`).length <= 1;
    return startTicks === undefined || gone ? undefined : { pid, startTicks };
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs. */
export function isAlive(process: ProcessIdentity): boolean {
  return identifyProcess(process.pid)?.startTicks === process.startTicks;
}

/** Sends a signal to this very process; nothing happens when it is gone. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isAlive(target)) process.kill(target.pid, signal);
}

/**
 * Waits until a process is gone.
 *
 * @returns whether it is gone within the limit, in milliseconds
 */
export async function awaitGone(process: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(process)) {
    if (Date.now() > deadline) return false;
    await delay(25);
  }
  return true;
}
