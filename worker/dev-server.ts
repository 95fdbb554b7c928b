import { access, chmod, constants, mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';
import type { Environment } from './config.ts';
import { prepareNamespace } from './namespace-readiness.ts';
import { lastLines } from './process-log.ts';
import { StartFailure } from './start-failure.ts';
import { superviseProcess } from './supervised-process.ts';
import type { Supervised } from './supervised-process.ts';
import type { Say } from './temporal-connection.ts';

/** What Temporal's dev server is started with. */
export type DevServerOptions = {
  /** Path of the `temporal` program. */
  temporal: string;
  /** Address that Temporal and its UI listen on. */
  ip: string;
  /** Port of Temporal. */
  port: number;
  /** Port of the UI. */
  uiPort: number;
  /** SQLite file that holds all workflows, absolute. */
  db: string;
  /** Log file. */
  logFile: string;
  /** Environment. */
  env: Environment;
};

/** How long Temporal may take to answer at first, in milliseconds; it was seen to take one to two seconds. */
const FIRST_ANSWER_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

/**
 * Starts Temporal's dev server, waits until it answers and has the namespace as we need it, and keeps it running.
 * @throws {StartFailure} when it ends before it answers or does not answer in time
 */
export async function startDevServer(
  options: DevServerOptions,
  say: Say,
  signal: AbortSignal,
): Promise<Supervised> {
  await mkdir(dirname(options.db), { recursive: true, mode: 0o700 });
  const firstEnd = new AbortController();
  let answered = false;
  const supervised = superviseProcess(
    {
      command: [
        ...(await endWithParent(options.env)),
        options.temporal,
        ...commandLine(options),
      ] as [string, ...string[]],
      env: options.env,
      ipc: false,
      logFile: options.logFile,
      stopWithinMs: STOP_WITHIN_MS,
    },
    {
      onUnexpectedEnd(how) {
        if (answered) say(`Temporal ${how}; starting it again with the same database`);
        else firstEnd.abort(how);
      },
    },
  );
  try {
    await awaitFirstAnswer(
      options,
      AbortSignal.any([signal, firstEnd.signal, AbortSignal.timeout(FIRST_ANSWER_MS)]),
    );
    answered = true;
    // histories name people, clusters and addresses
    await chmod(options.db, 0o600);
    return supervised;
  } catch (error) {
    await supervised.stop();
    if (signal.aborted) throw error;
    const how = firstEnd.signal.aborted
      ? String(firstEnd.signal.reason)
      : `did not answer within ${FIRST_ANSWER_MS / 1000}s`;
    const said = (await lastLines(options.logFile, 1))[0] ?? 'it said nothing';
    throw new StartFailure(`Temporal ${how}: ${said}`, `its log is ${options.logFile}`, 1);
  }
}

function commandLine(options: DevServerOptions): string[] {
  return [
    ...[
      'server',
      'start-dev',
      '--ip',
      options.ip,
      '--port',
      String(options.port),
      '--ui-port',
      String(options.uiPort),
    ],
    ...['--db-filename', options.db, '--ui-disable-news-fetch'],
    ...SEARCH_ATTRIBUTES.flatMap(({ key, type }) => ['--search-attribute', `${key.name}=${type}`]),
    // a workflow whose tasks keep failing then shows up in the list of workflows, as on Temporal Cloud
    ...[
      '--dynamic-config-value',
      'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=5',
    ],
  ];
}

async function awaitFirstAnswer(options: DevServerOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const connection = await NativeConnection.connect({
      address: `${options.ip}:${options.port}`,
    }).catch(() => undefined);
    if (connection !== undefined) {
      try {
        return await prepareNamespace(connection, 'default');
      } catch (error) {
        // the frontend answers a little before the rest of the server does
        if (signal.aborted) throw error;
      } finally {
        // a server that ends in between fails the closing too; the next turn sees that it is gone
        await connection.close().catch(() => undefined);
      }
    }
    await pause(100, undefined, { signal });
  }
}

/** Words before a command that make the kernel end it when we are killed; none where setpriv (util-linux) is missing. */
async function endWithParent(env: Environment): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter((name) => name !== '')) {
    const path = join(folder, 'setpriv');
    const runnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable) return [path, '--pdeathsig', 'KILL', '--'];
  }
  return [];
}
