import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { innerEnvironment } from './environment.ts';
import type { Launch, LaunchEvent } from './launch.ts';
import type { Layout } from './layout.ts';

/** The sandbox ended because somebody took it down. */
export class TakenDown extends Error {
  override name = 'TakenDown';
}

/** A supervisor that was started, as its starter sees it. */
export interface SupervisorProcess {
  /** Resolves when all clusters are usable; rejects when one fails or everything ends. */
  readonly ready: Promise<void>;
  /** Rejects when the sandbox ends, with {@link TakenDown} when that was wanted. */
  readonly ended: Promise<never>;
  /** Lets it live on without its starter. */
  detach(): void;
}

/**
 * Starts the supervisor of a sandbox, the program `supervisor.ts`.
 *
 * @param onProgress receives lines for people, also after it is ready
 */
export function startSupervisor(
  layout: Layout,
  launch: Launch,
  onProgress: (line: string) => void,
): SupervisorProcess {
  for (const path of [layout.runDir, layout.clustersDir]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  mkdirSync(layout.logsDir, { recursive: true });
  const request = join(layout.runDir, 'request.json');
  writeFileSync(request, JSON.stringify(launch), { mode: 0o600 });
  const log = openSync(layout.sandboxLog, 'a', 0o600);
  const program = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
  const supervisor = spawn(process.execPath, [program, request], {
    // A session of its own: Ctrl-C in a terminal reaches the caller alone, which then ends it.
    detached: true,
    stdio: [launch.attached ? 'pipe' : 'ignore', log, log, 'pipe'],
    env: innerEnvironment(),
  });
  closeSync(log);

  const events = supervisor.stdio[3] as Readable;
  let fail: (error: Error) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => (fail = reject));
  ended.catch(() => undefined);
  const usable = new Promise<void>((resolve) => {
    createInterface({ input: events }).on('line', (line) => {
      const event = JSON.parse(line) as LaunchEvent;
      if (event.type === 'progress') onProgress(event.text);
      else if (event.type === 'failed') fail(new Error(event.text));
      else resolve();
    });
  });
  supervisor.on('error', fail);
  supervisor.on('exit', (code) => {
    const text = `the sandbox's supervisor ended with exit code ${code}; see ${layout.sandboxLog}`;
    fail(code === 0 ? new TakenDown('the sandbox was taken down') : new Error(text));
  });
  return {
    ready: Promise.race([usable, ended]),
    ended,
    detach() {
      events.destroy();
      supervisor.unref();
    },
  };
}
