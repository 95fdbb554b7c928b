import { join, resolve } from 'node:path';
import { folders, payloadKeysOf, processEnvironment } from './config.ts';
import { detachServer, stopServer } from './detached-server.ts';
import type { ServerMessage } from './detached-server.ts';
import { bearLostOutput, say, stopOnSignals, understood } from './output.ts';
import { runServer } from './server.ts';
import type { Say } from './temporal-connection.ts';

/** What the front door lends to these commands, which know nothing of the sandbox. */
export type WorkerCommandParts = {
  /** Path of the `temporal` program, fetched if need be; says what it does when that takes time. */
  resolvePart(part: 'temporal', say: Say): Promise<string>;
};

/** Flags of `meshwright server`. */
export type ServerFlags = {
  /** Address to listen on. */
  ip: string;
  /** Port of Temporal. */
  port: number;
  /** Port of the UI. */
  uiPort: number;
  /** SQLite file; the one in MESHWRIGHT_HOME when absent. */
  db?: string;
  /** Whether a worker runs beside it. */
  worker: boolean;
  /** Whether the command returns when the server is ready. */
  detach: boolean;
};

/** Runs `meshwright server`: until it is told to stop, or until it is ready when detached. */
export async function runServerCommand(
  flags: ServerFlags,
  parts: WorkerCommandParts,
): Promise<void> {
  if (flags.detach) return detach(flags);
  try {
    await serve(flags, parts);
  } catch (error) {
    const known = understood(error);
    if (known !== undefined)
      tellStarter({
        failed: { message: known.message, cure: known.cure, exitCode: known.exitCode },
      });
    throw error;
  }
}

/** Runs `meshwright server stop`. */
export async function runServerStopCommand(flags: { db?: string }): Promise<void> {
  const db = databaseFile(flags);
  say((await stopServer(db, say)) ? 'server stopped' : `no server runs with ${db}`);
}

async function detach(flags: ServerFlags): Promise<void> {
  const [script = '', ...words] = process.argv.slice(1);
  const command = [
    process.execPath,
    script,
    ...words.filter((word) => word !== '--detach'),
  ] as const;
  await detachServer(command, join(logFolder(), 'server.log'), say);
  say(
    `it goes on in the background; end it with: meshwright server stop${flags.db === undefined ? '' : ` --db ${flags.db}`}`,
  );
}

async function serve(flags: ServerFlags, parts: WorkerCommandParts): Promise<void> {
  const sayToBoth = (line: string): void => {
    say(line);
    tellStarter({ say: line });
  };
  const onReady = (): void => {
    if (process.send === undefined) say('Ctrl-C stops all of it');
    tellStarter({ ready: true });
  };
  // a worker that cannot start would be started again and again
  if (flags.worker) payloadKeysOf();
  bearLostOutput();
  const stop = stopOnSignals();
  const options = {
    ...flags,
    db: databaseFile(flags),
    logs: logFolder(),
    env: processEnvironment(),
    temporal: await parts.resolvePart('temporal', sayToBoth),
    workerCommand: flags.worker
      ? ([process.execPath, process.argv[1] ?? '', 'worker'] as const)
      : undefined,
  };
  await runServer(options, { say: sayToBoth, onReady }, stop.signal);
}

/** Tells the command that started us detached; nobody when we run in the foreground. */
function tellStarter(message: ServerMessage): void {
  if (process.connected) process.send?.(message);
}

function databaseFile(flags: { db?: string }): string {
  return resolve(flags.db ?? join(folders().home, 'temporal.db'));
}

function logFolder(): string {
  return join(folders().home, 'logs');
}
