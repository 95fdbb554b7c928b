import { writeSync } from 'node:fs';
import type { LaunchEvent } from './launch.ts';

/** File descriptor that leads to the process that started the sandbox. */
const reportDescriptor = 3;

/** Sends a line of progress to whoever started the sandbox, and to the log. */
export function report(event: LaunchEvent): void {
  const line = JSON.stringify(event);
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  try {
    writeSync(reportDescriptor, `${line}\n`);
  } catch {
    // A detached sandbox outlives its starter: the log has it.
  }
}
