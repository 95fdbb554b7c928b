import { StartFailure } from './start-failure.ts';

/** Says a line on stdout: what `worker` and `server` do is their answer; their logs go elsewhere. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes text to stdout as it is: an answer for another program. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Says a line on stderr, beside an answer. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Goes on when what is said cannot be written, because a disk is full or nobody reads any more: for what runs for weeks, work matters more than its words. Without a
 * listener such an error ends the process.
 */
export function bearLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** What is printed of an error that we understand. */
export type UnderstoodFailure = Pick<StartFailure, 'message' | 'cure' | 'exitCode'>;

/** Narrows an error that carries its cure, ours or the toolchain's; undefined for any other. */
export function understood(error: unknown): UnderstoodFailure | undefined {
  if (error instanceof StartFailure) return error;
  const { message, cure } = error as Partial<UnderstoodFailure>;
  return typeof message === 'string' && typeof cure === 'string'
    ? { message, cure, exitCode: 2 }
    : undefined;
}

/** Aborts on SIGTERM and on Ctrl-C; a second Ctrl-C ends the process at once. */
export function stopOnSignals(): AbortController {
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  process.on('SIGINT', () => (stop.signal.aborted ? process.exit(130) : stop.abort()));
  return stop;
}
