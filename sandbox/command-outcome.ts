import { UsageError } from './usage-error.ts';

/**
 * Runs what a command of the sandbox does and turns its end into output and exit code: 0 done,
 * 1 failed, 2 wrong usage or a machine that cannot host a sandbox.
 *
 * @param work returns the exit code
 */
export async function settleCommand(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** Writes the answer of a command to standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes an error to standard error. */
export function complain(text: string): void {
  process.stderr.write(`error: ${text}\n`);
}

/** Writes lines of progress to standard error, each with the time since the first. */
export function startProgress(): (line: string) => void {
  const startedAtMs = Date.now();
  return (line) => {
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${seconds}s  ${line}\n`);
  };
}
