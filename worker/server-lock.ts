import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cannotWrite, StartFailure } from './start-failure.ts';

/** Who serves a database, as written beside it. */
export type ServerRecord = {
  /** Process id of `meshwright server`. */
  pid: number;
  /** When that process began, in clock ticks since boot, so that a process id used anew is not taken for it; null off Linux. */
  startTicks: string | null;
  /** `host:port` of Temporal. */
  address: string;
  /** Link to the UI. */
  ui: string;
};

/** Names the file that says who serves a database. */
export function lockFileOf(db: string): string {
  return `${db}.server.json`;
}

/** Reads who serves a database now; undefined when nobody does, also after a kill. */
export async function readServer(db: string): Promise<ServerRecord | undefined> {
  const text = await readFile(lockFileOf(db), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const record = parseRecord(text);
  return record !== undefined && (await isRunning(record)) ? record : undefined;
}

/**
 * Claims a database for this process; two servers on one SQLite file would spoil it.
 * @throws {StartFailure} when another process serves it, or nothing can be written beside it
 */
export async function claimServer(
  db: string,
  address: string,
  ui: string,
): Promise<{ release(): Promise<void> }> {
  const file = lockFileOf(db);
  const record: ServerRecord = {
    pid: process.pid,
    startTicks: await startTicks(process.pid),
    address,
    ui,
  };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(cannotWrite(dirname(file)));
  for (;;) {
    try {
      await writeFile(file, `${JSON.stringify(record)}\n`, { flag: 'wx', mode: 0o600 });
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        return cannotWrite(file)(error as Error);
    }
    const other = await readServer(db);
    if (other !== undefined) throw alreadyRuns(db, other);
    await rm(file, { force: true });
  }
}

/** The refusal to serve a database twice. */
export function alreadyRuns(db: string, other: ServerRecord): StartFailure {
  return new StartFailure(
    `a meshwright server already runs with ${db}: process ${other.pid}, Temporal at ${other.address}, UI at ${other.ui}`,
    'use it as it is, end it with `meshwright server stop`, or choose another file with --db',
  );
}

/** Tells whether the process of a record still lives. */
export async function isRunning(record: ServerRecord): Promise<boolean> {
  try {
    process.kill(record.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return record.startTicks === (await startTicks(record.pid));
}

/** Field 22 of /proc/<pid>/stat, counted behind the name, which may hold blanks and brackets (proc(5)). */
async function startTicks(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function parseRecord(text: string): ServerRecord | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<ServerRecord>;
    return typeof parsed.pid === 'number' ? (parsed as ServerRecord) : undefined;
  } catch {
    return undefined;
  }
}
