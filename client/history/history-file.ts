import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { ClientFailure } from '../client-failure.ts';
import { EXIT } from '../exit-codes.ts';
import type { HistoryEvent } from './decode.ts';
import type { OperationRun } from './read-chain.ts';

/** First line of an exported history. */
type Head = { apiVersion: string; kind: string; mesh: string; exportedAt: string };
/** A run, which the events that follow belong to. `operation` counts operations from 0, the latest first. */
type RunLine = { operation: number; workflowId: string; runId: string };
/** An event as Temporal has it, in the JSON of its API. */
type EventLine = { event: object };
/** Last line: without it the file is not whole. */
type EndLine = { end: { operations: number; events: number } };

const API_VERSION = 'meshwright.dev/v1alpha1';
const KIND = 'MeshHistoryExport';

/** An exported history. */
export type HistoryFile = {
  /** Mesh name. */
  mesh: string;
  /** Runs by operation, the latest operation first. */
  operations: OperationRun[][];
};

/**
 * Writes operations to a file, one JSON object a line: Temporal's own events, so that whatever this program learns to tell of them can be told of the file. The
 * file is whole or not there.
 * @throws {ClientFailure} 2: there is such a file and `force` is not set, or it cannot be written
 */
export async function writeHistoryFile(
  path: string,
  mesh: string,
  operations: AsyncIterable<readonly OperationRun[]>,
  force: boolean,
): Promise<EndLine['end']> {
  const there = await stat(path).catch(() => null);
  if (there !== null && !force) throw thereIsOne(path);
  const draft = `${path}.${process.pid}.part`;
  const end = { operations: 0, events: 0 };
  try {
    const file = await open(draft, 'wx', 0o600).catch(refuse(path));
    try {
      const write = (value: object): Promise<void> => file.appendFile(`${JSON.stringify(value)}\n`);
      const exportedAt = new Date().toISOString();
      await write({ apiVersion: API_VERSION, kind: KIND, mesh, exportedAt } satisfies Head);
      for await (const chain of operations) {
        for (const { workflowId, runId, events } of chain) {
          await write({ operation: end.operations, workflowId, runId } satisfies RunLine);
          for (const event of jsonEvents(events)) await write({ event } satisfies EventLine);
          end.events += events.length;
        }
        end.operations += 1;
      }
      await write({ end } satisfies EndLine);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link fails where somebody has made the file meanwhile; a rename would replace it.
    await (force ? rename(draft, path) : link(draft, path)).catch(refuse(path));
  } finally {
    await rm(draft, { force: true });
  }
  return end;
}

/**
 * Reads what was exported.
 * @throws {ClientFailure} 2: the file cannot be read, is none of ours, or is not whole
 */
export async function readHistoryFile(path: string): Promise<HistoryFile> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new ClientFailure(EXIT.usage, `cannot read ${path}: ${error.message}`);
  });
  const [head, ...lines] = linesOf(path, text) as [Head?, ...(RunLine | EventLine | EndLine)[]];
  if (head?.kind !== KIND || head.apiVersion !== API_VERSION || typeof head.mesh !== 'string')
    throw notOurs(path, `its first line is not that of a ${KIND} of ${API_VERSION}`);
  const runs: (RunLine & { events: object[] })[] = [];
  let count = 0;
  for (const line of lines.slice(0, -1)) {
    const run = runs.at(-1);
    if ('runId' in line) runs.push({ ...line, events: [] });
    if ('runId' in line && !follows(line, run))
      throw notOurs(path, `run ${line.runId} is not where it was written`);
    if (!('event' in line)) continue;
    if (run === undefined) throw notOurs(path, 'it has events before the first run');
    run.events.push(line.event);
    count += 1;
  }
  const last = lines.at(-1);
  const end = last !== undefined && 'end' in last ? last.end : null;
  if (end?.events !== count || end.operations !== (runs.at(-1)?.operation ?? -1) + 1)
    throw notOurs(path, `it is not whole: ${count} events, and no last line that says so`);
  const operations: OperationRun[][] = [];
  for (const { operation, workflowId, runId, events } of runs)
    (operations[operation] ??= []).push({
      workflowId,
      runId,
      events: whole(path, runId, () => historyFromJSON({ events }).events ?? []),
    });
  return { mesh: head.mesh, operations };
}

/**
 * Reads something of a run in an exported history.
 * @throws {ClientFailure} 2: it is damaged
 */
export function whole<T>(path: string, runId: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw notOurs(path, `run ${runId} is damaged: ${why}`);
  }
}

function follows({ operation }: RunLine, before: RunLine | undefined): boolean {
  return before === undefined
    ? operation === 0
    : operation === before.operation || operation === before.operation + 1;
}

function jsonEvents(events: readonly HistoryEvent[]): object[] {
  return (JSON.parse(historyToJSON({ events: [...events] })) as { events: object[] }).events;
}

function linesOf(path: string, text: string): object[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const value = valueOf(line);
      if (typeof value === 'object' && value !== null) return value;
      throw notOurs(path, `line ${index + 1} is not ${value === undefined ? 'JSON' : 'an object'}`);
    });
}

function valueOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function notOurs(path: string, why: string): ClientFailure {
  return new ClientFailure(EXIT.usage, `${path} is no exported history: ${why}`, {
    cures: ['meshwright history MESH --export FILE.jsonl writes one'],
  });
}

function thereIsOne(path: string): ClientFailure {
  return new ClientFailure(EXIT.usage, `${path} is there already`, {
    cures: ['name another file, or say --force to replace it'],
  });
}

function refuse(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code === 'EEXIST') throw thereIsOne(path);
    throw new ClientFailure(EXIT.usage, `cannot write ${path}: ${error.message}`, {
      cures: ['name another file, in a folder that is there'],
    });
  };
}
