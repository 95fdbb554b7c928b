import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from './config.ts';
import { openLog } from './process-log.ts';

/** A program that is kept running. */
export type SupervisedProgram = {
  /** Program and arguments. */
  command: readonly [string, ...string[]];
  /** Its environment. */
  env: Environment;
  /** Whether it talks to us over Node's IPC channel, which also tells it when we are gone. */
  ipc: boolean;
  /** File that its output is appended to. */
  logFile: string;
  /** How long it gets after SIGTERM before SIGKILL, in milliseconds. */
  stopWithinMs: number;
};

/** What happens to a supervised program. */
export type SupervisionEvents = {
  /** It ended by itself and will be started again after a pause. */
  onUnexpectedEnd(how: string): void;
  /** It sent a message over its IPC channel. */
  onMessage?(message: unknown): void;
};

/** A program under supervision. */
export type Supervised = {
  /** Ends it for good; resolves when it is gone. */
  stop(): Promise<void>;
};

/** First pause before a restart, in milliseconds; doubles up to the longest while it keeps dying young. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A program that lived this long was well: its next restart is at once. */
const WELL_AFTER_MS = 10_000;

/**
 * Starts a program and starts it again whenever it ends by itself. It gets a process group of its own, so that Ctrl-C in the
 * terminal reaches only the supervisor, which stops its programs in order.
 */
export function superviseProcess(
  program: SupervisedProgram,
  events: SupervisionEvents,
): Supervised {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  const running = (async () => {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      const started = await start(program, events);
      child = started.child;
      if (stopping.signal.aborted) child.kill('SIGTERM');
      const how = await started.end;
      child = undefined;
      if (stopping.signal.aborted) return;
      pauseMs =
        Date.now() - startedAt > WELL_AFTER_MS
          ? FIRST_PAUSE_MS
          : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      events.onUnexpectedEnd(how);
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      child?.kill('SIGTERM');
      const late = setTimeout(() => child?.kill('SIGKILL'), program.stopWithinMs);
      await running;
      clearTimeout(late);
    },
  };
}

/** Starts the program; `end` says how it ended, e.g. `was killed by SIGKILL`. */
async function start(
  program: SupervisedProgram,
  events: SupervisionEvents,
): Promise<{ child: ChildProcess; end: Promise<string> }> {
  const [file, ...args] = program.command;
  const log = await openLog(program.logFile);
  try {
    const child = spawn(file, args, {
      env: program.env as NodeJS.ProcessEnv,
      detached: true,
      stdio: ['ignore', log.fd, log.fd, ...(program.ipc ? (['ipc'] as const) : [])],
    });
    child.on('message', (message) => events.onMessage?.(message));
    const end = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`),
      );
    });
    return { child, end };
  } finally {
    await log.close();
  }
}
