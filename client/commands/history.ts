import { ClientFailure } from '../client-failure.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { isMeant, MISTAKEN, noSuchRun } from '../history/choose-run.ts';
import { fetchOperations } from '../history/fetch-operations.ts';
import { listRuns, requireInstall, unknownMesh } from '../history/find-operations.ts';
import { historyDocument, historyEvents } from '../history/history-document.ts';
import { readHistoryFile, whole, writeHistoryFile } from '../history/history-file.ts';
import type { OperationRun } from '../history/read-chain.ts';
import { tellOperation } from '../history/tell-story.ts';
import type { ToldOperation } from '../history/tell-story.ts';
import type { ClientFlags } from '../options.ts';
import type { Output } from '../output.ts';
import { renderOperation, renderOperations } from '../render/history-screen.ts';
import { count } from '../render/step-text.ts';
import { renderSyncWrites } from '../render/sync-screen.ts';
import { openSession, withTemporal } from '../session.ts';
import type { TemporalSession } from '../session.ts';
import { readSyncWrites } from '../sync/sync-history.ts';

/** Flags of `history`. */
export type HistoryFlags = ClientFlags & {
  /** Shows plans too, which change nothing. */
  plans?: boolean;
  /** Shows what the sync wrote instead of operations. */
  sync?: boolean;
  /** Most operations, or writes of the sync. */
  limit: number;
  /** File to write everything to instead of showing it. */
  export?: string;
  /** Replaces that file. */
  force?: boolean;
  /** File that was exported, to read instead of asking Temporal. */
  from?: string;
};

/** Most runs that are looked through for the one whose id begins as asked, and that are exported. */
const SEARCHED = 1_000;

/** Runs `meshwright history`: what was done to a mesh, by whom and why, from Temporal's event history alone, or from what was exported of it. */
export async function runHistoryCommand(
  mesh: string | undefined,
  run: string | undefined,
  flags: HistoryFlags,
): Promise<void> {
  const session = openSession(flags);
  if (flags.from !== undefined) {
    if (flags.export !== undefined || flags.sync === true)
      throw usage('--from reads operations from a file; it goes with neither --export nor --sync');
    process.exitCode = await showFile(flags.from, mesh, run, flags, session.output);
    return;
  }
  if (mesh === undefined) throw usage('name a mesh, or a file with --from');
  if (flags.sync === true && flags.export !== undefined)
    throw usage('--export writes operations; the writes of the sync are not among them');
  await withTemporal(session, flags, async (temporal) => {
    if (flags.export !== undefined)
      return exportTo(flags.export, temporal, mesh, run, flags.force === true);
    if (flags.sync === true) return showSync(temporal, mesh, flags.limit);
    if (run === undefined) {
      const runs = await listRuns(temporal.access, mesh, flags.plans === true, flags.limit);
      if (runs.length === 0) throw await unknownMesh(temporal.access, mesh);
      return showAll(mesh, await toldOf(fetchOperations(temporal.access, runs)), temporal.output);
    }
    const told = tellOperation(await requireRun(temporal, mesh, run));
    if (told === null) throw noSuchRun(mesh, run, []);
    const { workflowId, runId } = told.record.progress.operation;
    return showOne(mesh, told, temporal.link(workflowId, runId), temporal.output);
  });
}

async function showAll(mesh: string, all: ToldOperation[], output: Output): Promise<ExitCode> {
  await output.answer(
    historyDocument(mesh, all),
    (look) => renderOperations(all, look),
    () => historyEvents(mesh, all),
  );
  return EXIT.ok;
}

async function showOne(
  mesh: string,
  told: ToldOperation,
  uiUrl: string | null,
  output: Output,
): Promise<ExitCode> {
  await output.answer(
    historyDocument(mesh, [told]),
    (look) => renderOperation(told, uiUrl, look),
    () => historyEvents(mesh, [told]),
  );
  return EXIT.ok;
}

async function showSync(
  { access, output }: TemporalSession,
  mesh: string,
  limit: number,
): Promise<ExitCode> {
  await requireInstall(access, mesh);
  const writes = await readSyncWrites(access, mesh, limit);
  await output.answer(
    { ...historyDocument(mesh, []), sync: writes },
    (look) => renderSyncWrites(mesh, writes, look),
    () => writes,
  );
  return EXIT.ok;
}

async function showFile(
  path: string,
  mesh: string | undefined,
  run: string | undefined,
  flags: HistoryFlags,
  output: Output,
): Promise<ExitCode> {
  const file = await readHistoryFile(path);
  if (mesh !== undefined && mesh !== file.mesh)
    throw usage(`${path} tells of mesh ${file.mesh}, not of ${mesh}`);
  const tell = (chain: OperationRun[]): ToldOperation | null =>
    whole(path, chain[0]?.runId ?? '', () => tellOperation(chain));
  if (run === undefined) {
    const all = await toldOf(file.operations, tell);
    const shown = all.filter(
      ({ record }) => flags.plans === true || record.progress.operation.kind !== 'plan',
    );
    return showAll(file.mesh, shown.slice(0, flags.limit), output);
  }
  const [chain, ...others] = file.operations.filter((runs) =>
    runs.some((each) => isMeant(each, run)),
  );
  const told = chain === undefined || others.length > 0 ? null : tell(chain);
  if (told === null) throw noSuchRun(file.mesh, run, file.operations.flat(), path);
  return showOne(file.mesh, told, null, output);
}

async function exportTo(
  path: string,
  temporal: TemporalSession,
  mesh: string,
  run: string | undefined,
  force: boolean,
): Promise<ExitCode> {
  const { access, output } = temporal;
  const runs = await listRuns(access, mesh, true, SEARCHED);
  if (runs.length === 0) throw await unknownMesh(access, mesh);
  const one = run === undefined ? null : await requireRun(temporal, mesh, run);
  const operations = one === null ? fetchOperations(access, runs) : fetchOperations(access, one);
  const written = await writeHistoryFile(path, mesh, operations, force);
  output.note([
    `${path}: ${count(written.operations, 'operation')}, ${count(written.events, 'event')}`,
    `; meshwright history --from ${path} shows them`,
  ]);
  if (one === null && runs.length === SEARCHED)
    output.note([`older than the latest ${SEARCHED} operations is not in it`]);
  return EXIT.ok;
}

async function toldOf(
  chains: AsyncIterable<OperationRun[]> | Iterable<OperationRun[]>,
  tell: (chain: OperationRun[]) => ToldOperation | null = tellOperation,
): Promise<ToldOperation[]> {
  const all: ToldOperation[] = [];
  for await (const chain of chains) {
    const told = tell(chain);
    if (told !== null) all.push(told);
  }
  return all;
}

/** The operation of which one run begins as asked, with all its runs. */
async function requireRun(
  { access }: TemporalSession,
  mesh: string,
  wanted: string,
): Promise<OperationRun[]> {
  const runs = await listRuns(access, mesh, true, SEARCHED, false);
  if (runs.length === 0) throw await unknownMesh(access, mesh);
  const found = runs.filter((run) => isMeant(run, wanted));
  const chains: OperationRun[][] = [];
  if (found.length <= MISTAKEN)
    for await (const chain of fetchOperations(access, found)) chains.push(chain);
  const [chain, ...others] = chains;
  if (chain !== undefined && others.length === 0) return chain;
  throw noSuchRun(mesh, wanted, runs);
}

function usage(message: string): ClientFailure {
  return new ClientFailure(EXIT.usage, message, { cures: ['meshwright history --help'] });
}
