import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Absolute path of the front door, `bin/meshwright`. */
export const MESHWRIGHT = fileURLToPath(new URL('./meshwright', import.meta.url));

/** How a finished run of the program ended. */
export type RunResult = {
  /** Exit code; 128 plus the signal's number is not computed: a run ended by a signal has null. */
  exitCode: number | null;
  /** Everything it wrote to standard output. */
  stdout: string;
  /** Everything it wrote to standard error. */
  stderr: string;
};

/** Options of a run. */
export type RunOptions = {
  /** Variables over those of this process; undefined removes one. */
  env?: { [name: string]: string | undefined };
  /** Kills the run with SIGKILL after this many milliseconds. @default 600000 */
  timeoutMs?: number;
  /** `inherit` shows its output as it comes and collects nothing. @default `collect` */
  output?: 'collect' | 'inherit';
  /** Interrupts the run, as Ctrl-C does, when it aborts. @default never */
  signal?: AbortSignal;
};

/** Starts `meshwright` with the given words and leaves it running; its output goes where `stdio` says. */
export function startMeshwright(
  words: string[],
  options: {
    env?: RunOptions['env'];
    stdio: 'inherit' | 'ignore' | ['ignore', 'pipe' | number, 'pipe' | number];
    /** Lets it outlive this process and its terminal. @default false */
    outlive?: boolean;
  },
): ChildProcess {
  return spawn(MESHWRIGHT, words, {
    env: { ...process.env, ...options.env },
    stdio: options.stdio,
    detached: options.outlive ?? false,
  });
}

/** Runs `meshwright` with the given words to its end. Never throws for a non-zero exit. */
export async function runMeshwright(words: string[], options: RunOptions = {}): Promise<RunResult> {
  const child = startMeshwright(words, {
    ...(options.env === undefined ? {} : { env: options.env }),
    stdio: options.output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 600_000);
  const interrupt = (): void => void child.kill('SIGINT');
  options.signal?.addEventListener('abort', interrupt, { once: true });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  options.signal?.removeEventListener('abort', interrupt);
  clearTimeout(timer);
  return { exitCode, stdout, stderr };
}
