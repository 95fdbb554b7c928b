import { spawn } from 'node:child_process';

/** A finished process. */
export type ProcessResult = {
  /** Exit code; null when a signal ended it. */
  exitCode: number | null;
  /** Standard output, complete. */
  stdout: string;
  /** Last part of standard error, at most 4 KiB. */
  stderrTail: string;
};

/** How a process is run. */
export type ProcessOptions = {
  /** Whole environment of the process; nothing is inherited. */
  env: { [name: string]: string };
  /** Standard input. @default none */
  input?: string;
  /** Limit in milliseconds, after which its process group is killed. */
  limitMs: number;
  /** Largest standard output in bytes; more kills the process group. */
  outputLimitBytes: number;
  /** Kills the process group. */
  signal?: AbortSignal | undefined;
};

/** Why a process was ended by us. */
export class ProcessEnded extends Error {
  /** The limit passed, or the output grew too long. */
  readonly why: 'time' | 'output';

  /** Says which limit was passed. */
  constructor(why: 'time' | 'output', message: string) {
    super(message);
    this.why = why;
  }
}

const STDERR_TAIL_BYTES = 4_096;

/**
 * Runs a process in a group of its own, so that killing it leaves no children.
 * @throws ProcessEnded when a limit is passed, the signal's reason when it aborts, the system's error when it cannot start.
 */
export function runProcess(
  command: string,
  args: string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = Buffer.alloc(0);
    let ended: unknown;

    const end = (reason: unknown): void => {
      ended ??= reason;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    };
    const timer = setTimeout(
      () => end(new ProcessEnded('time', `took longer than ${options.limitMs} ms`)),
      options.limitMs,
    );
    const onAbort = (): void => end(options.signal?.reason);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };

    child.stdout.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes > options.outputLimitBytes) {
        end(new ProcessEnded('output', `printed more than ${options.outputLimitBytes} bytes`));
      } else {
        stdout.push(chunk);
      }
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_TAIL_BYTES);
    });
    // A process may exit without having read its input: EPIPE says nothing its exit code does not say better.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (exitCode) => {
      settle();
      if (ended !== undefined) reject(ended as Error);
      else
        resolve({
          exitCode,
          stdout: Buffer.concat(stdout).toString('utf8'),
          stderrTail: stderr.toString('utf8'),
        });
    });
  });
}
