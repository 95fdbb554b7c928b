import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { localWorkerEnvironment } from './config.ts';
import type { Environment } from './config.ts';
import { startDevServer } from './dev-server.ts';
import { lastLines } from './process-log.ts';
import { claimServer } from './server-lock.ts';
import { StartFailure } from './start-failure.ts';
import { superviseProcess } from './supervised-process.ts';
import type { Supervised } from './supervised-process.ts';
import type { Say } from './temporal-connection.ts';

/** What `meshwright server` was asked for. */
export type ServerOptions = {
  /** Address that Temporal and its UI listen on. */
  ip: string;
  /** Port of Temporal. */
  port: number;
  /** Port of the UI. */
  uiPort: number;
  /** SQLite file that holds all workflows, absolute. */
  db: string;
  /** Folder of logs. */
  logs: string;
  /** Path of the `temporal` program. */
  temporal: string;
  /** Program and arguments that start a worker; undefined for none. */
  workerCommand: readonly [string, ...string[]] | undefined;
  /** This process's environment. */
  env: Environment;
};

/** What the server tells. */
export type ServerEvents = {
  /** A line for people. */
  say: Say;
  /** Temporal answers, and the worker polls if there is one. */
  onReady(): void;
};

/** More than the worker's own limits of draining. */
const WORKER_STOP_MS = 20_000;

/**
 * Runs Temporal's dev server on a SQLite file, and a worker beside it, until the signal aborts. Either is started again when it
 * dies; workflows go on where they stood.
 * @throws {StartFailure} when the database is served already, a port is taken, or Temporal does not come up
 */
export async function runServer(
  options: ServerOptions,
  events: ServerEvents,
  signal: AbortSignal,
): Promise<void> {
  const address = `${options.ip}:${options.port}`;
  const ui = `http://${options.ip}:${options.uiPort}`;
  const lock = await claimServer(options.db, address, ui);
  /** In the order of stopping: the worker before the server it reports to. */
  const running: Supervised[] = [];
  try {
    await requireFreePort(options.ip, options.port, '--port');
    await requireFreePort(options.ip, options.uiPort, '--ui-port');
    const logFile = join(options.logs, 'temporal.log');
    running.push(await startDevServer({ ...options, logFile }, events.say, signal));
    const shown = [
      `Temporal  ${address}`,
      `UI        ${ui}`,
      `database  ${options.db}`,
      `logs      ${options.logs}`,
    ];
    shown.forEach((line) => events.say(line));
    if (options.workerCommand !== undefined)
      await startWorker(options, options.workerCommand, address, running, events.say, signal);
    events.onReady();
    if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (running.length > 0) events.say('stopping');
    for (const program of running) await program.stop();
    await lock.release();
  }
}

/** Starts the worker and resolves when it polls for the first time. */
function startWorker(
  options: ServerOptions,
  command: readonly [string, ...string[]],
  address: string,
  running: Supervised[],
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const logFile = join(options.logs, 'worker.log');
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    const worker = superviseProcess(
      {
        command,
        env: localWorkerEnvironment(address, options.env),
        ipc: true,
        logFile,
        stopWithinMs: WORKER_STOP_MS,
      },
      {
        onUnexpectedEnd(how) {
          void lastWords(how, logFile).then((words) =>
            say(`the worker ${how}${words}; starting another`),
          );
        },
        onMessage(message) {
          if (!isPolling(message)) return;
          say(`worker    polls (process ${message.polling})`);
          resolve();
        },
      },
    );
    running.unshift(worker);
  });
}

/** Why the worker gave up by itself, from its log; a killed one had no time to say anything. */
async function lastWords(how: string, logFile: string): Promise<string> {
  if (how.includes('SIG')) return '';
  const lines = await lastLines(logFile, 40);
  const telling = lines.findLast((line) => /^(✖|\w*Error\b)/.test(line)) ?? lines.at(-1);
  return telling === undefined ? '' : ` (${telling.replace(/^✖ /, '')}; log: ${logFile})`;
}

/** Message of a worker to the server that started it, once it polls: its process id. */
export type PollingMessage = { polling: number };

function isPolling(message: unknown): message is PollingMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    typeof (message as PollingMessage).polling === 'number'
  );
}

/** @throws {StartFailure} when the port is taken or cannot be had */
async function requireFreePort(ip: string, port: number, flag: string): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, ip);
    await once(probe, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') {
      throw new StartFailure(
        `port ${port} on ${ip} is taken`,
        `choose another with ${flag}, or end what listens there (\`meshwright server stop\` if it is ours)`,
      );
    }
    throw new StartFailure(
      `cannot listen on ${ip}:${port}: ${code}`,
      `choose an address of this machine with --ip and a port with ${flag}`,
    );
  } finally {
    probe.close();
  }
}
