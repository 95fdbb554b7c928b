import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { openLog } from './process-log.ts';
import { isRunning, readServer } from './server-lock.ts';
import { StartFailure } from './start-failure.ts';
import type { Say } from './temporal-connection.ts';

/** Message of a detached server to the command that started it. */
export type ServerMessage =
  | {
      /** A line for people. */
      say: string;
    }
  | {
      /** It is ready. */
      ready: true;
    }
  | {
      /** It gives up. */
      failed: {
        /** Why. */
        message: string;
        /** What to do. */
        cure: string;
        /** Exit code. */
        exitCode: 1 | 2 | 4;
      };
    };

/**
 * Starts a server that outlives this process and returns when it is ready.
 * @throws {StartFailure} when it does not get there
 */
export async function detachServer(
  command: readonly [string, string, ...string[]],
  logFile: string,
  say: Say,
): Promise<void> {
  const [file, ...args] = command;
  const log = await openLog(logFile);
  const child = spawn(file, args, { detached: true, stdio: ['ignore', log.fd, log.fd, 'ipc'] });
  await log.close();
  const giveUp = (): void => void child.kill('SIGTERM');
  process.once('SIGINT', giveUp);
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () =>
      reject(new StartFailure('the server ended before it was ready', `its log is ${logFile}`, 1)),
    );
    child.on('message', (message: ServerMessage) => {
      if ('say' in message) say(message.say);
      else if ('ready' in message) resolve();
      else
        reject(
          new StartFailure(message.failed.message, message.failed.cure, message.failed.exitCode),
        );
    });
  }).finally(() => {
    child.removeAllListeners();
    process.off('SIGINT', giveUp);
  });
  child.disconnect();
  child.unref();
}

/** How long a server may take to end: its worker drains first. In milliseconds. */
const STOP_WITHIN_MS = 40_000;

/**
 * Ends the server of a database and waits until it is gone; false when none runs.
 * @throws {StartFailure} when it does not end
 */
export async function stopServer(db: string, say: Say): Promise<boolean> {
  const server = await readServer(db);
  if (server === undefined) return false;
  process.kill(server.pid, 'SIGTERM');
  const startedAt = Date.now();
  for (let told = false; await isRunning(server); await pause(50)) {
    const waitedMs = Date.now() - startedAt;
    if (!told && waitedMs > 2_000) {
      say(`waiting for process ${server.pid}: running steps finish first`);
      told = true;
    }
    if (waitedMs > STOP_WITHIN_MS) {
      throw new StartFailure(
        `process ${server.pid} does not end`,
        `end it with \`kill -9 ${server.pid}\``,
        1,
      );
    }
  }
  return true;
}
