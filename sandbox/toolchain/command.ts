import { spawn } from 'node:child_process';

/** How a command is run. */
export interface CommandOptions {
  /** Working directory. @default the process's own */
  cwd?: string;
  /** The whole environment of the command. */
  env: NodeJS.ProcessEnv;
  /** Milliseconds after which the command is killed. */
  timeoutMs: number;
  /** Kills the command when aborted. */
  signal?: AbortSignal | undefined;
}

/** What a command printed. */
export interface CommandOutput {
  /** Standard output as UTF-8. */
  stdout: string;
  /** Standard error as UTF-8. */
  stderr: string;
}

/**
 * Runs a command to its end. The port through which the resolver reaches go, pip, apt-get and ldd.
 * @throws {CommandFailed} when it cannot be started, ends with another code than 0, or is killed
 */
export type RunCommand = (
  file: string,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandOutput>;

/** A command that could not be started or did not end with code 0. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  /** `ENOENT` and the like when the command could not be started. */
  readonly code: string | undefined;
  /** Everything it printed, standard output first. */
  readonly output: string;

  constructor(message: string, output: string, code?: string) {
    super(message);
    this.output = output;
    this.code = code;
  }

  /** The last lines it printed, for messages. */
  tail(lines = 12): string {
    return this.output.trim().split('\n').slice(-lines).join('\n');
  }
}

/** Keeps the end of a chatty command's output; a failure shows at the end. */
const KEPT_CHARACTERS = 200_000;

/** Milliseconds an interrupted command has to remove its temporary files. */
const GRACE_MS = 5_000;

/** Runs a command on this machine. Ctrl-C in a terminal reaches it too; an abort interrupts it, then kills it. */
export const runCommand: RunCommand = (file, args, options) =>
  new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-KEPT_CHARACTERS);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT_CHARACTERS);
    });
    let killTimer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      child.kill('SIGINT');
      killTimer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', stop, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', stop);
    };
    const shown = [file, ...args].join(' ').slice(0, 200);
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      reject(new CommandFailed(`cannot run ${shown}: ${error.message}`, '', error.code));
    });
    child.on('close', (exitCode, signal) => {
      settle();
      if (exitCode === 0) return resolve({ stdout, stderr });
      if (options.signal?.aborted) return reject(options.signal.reason as Error);
      const how = timedOut
        ? `gave no result within ${Math.round(options.timeoutMs / 1000)} s`
        : `ended with ${signal ?? `code ${exitCode}`}`;
      reject(new CommandFailed(`${shown} ${how}`, stdout + stderr));
    });
  });
