import { ClientFailure } from '../client-failure.ts';
import { EXIT } from '../exit-codes.ts';
import { fetchRecord } from '../history/fetch-record.ts';
import { listRuns, requireInstall, unknownMesh } from '../history/find-operations.ts';
import type { Run } from '../history/find-operations.ts';
import { historyDocument } from '../history/history-document.ts';
import type { OperationRecord } from '../history/operation-record.ts';
import type { ClientFlags } from '../options.ts';
import { renderOperation, renderOperations } from '../render/history-screen.ts';
import { renderSyncWrites } from '../render/sync-screen.ts';
import { shortRun } from '../render/step-text.ts';
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
};

/** Histories that are read at once. */
const AT_ONCE = 4;
/** From so many runs on that begin as asked, it was too little that was asked. */
const MISTAKEN = 20;
/** Most runs that are looked through for the one whose id begins as asked. */
const SEARCHED = 1_000;

/** Runs `meshwright history`: what was done to a mesh, by whom and why, from Temporal's event history alone. */
export async function runHistoryCommand(
  mesh: string,
  run: string | undefined,
  flags: HistoryFlags,
): Promise<void> {
  const session = openSession(flags);
  await withTemporal(session, flags, async (temporal) => {
    const { output } = temporal;
    if (flags.sync === true) {
      await requireInstall(temporal.access, mesh);
      const writes = await readSyncWrites(temporal.access, mesh, flags.limit);
      await output.answer({ ...historyDocument(mesh, []), sync: writes }, (look) =>
        renderSyncWrites(mesh, writes, look),
      );
      return EXIT.ok;
    }
    if (run === undefined) {
      const records = await latestRecords(temporal, mesh, flags);
      await output.answer(historyDocument(mesh, records), (look) =>
        renderOperations(records, look),
      );
      return EXIT.ok;
    }
    const record = await requireRun(temporal, mesh, run);
    const { workflowId, runId } = record.progress.operation;
    await output.answer(historyDocument(mesh, [record]), (look) =>
      renderOperation(record, temporal.link(workflowId, runId), look),
    );
    return EXIT.ok;
  });
}

async function latestRecords(
  { access }: TemporalSession,
  mesh: string,
  flags: HistoryFlags,
): Promise<OperationRecord[]> {
  const runs = await listRuns(access, mesh, flags.plans === true, flags.limit);
  if (runs.length === 0) throw await unknownMesh(access, mesh);
  return recordsOf(access, runs);
}

async function recordsOf(
  access: TemporalSession['access'],
  runs: readonly Pick<Run, 'workflowId' | 'runId'>[],
): Promise<OperationRecord[]> {
  const records: OperationRecord[] = [];
  for (let at = 0; at < runs.length; at += AT_ONCE) {
    const read = runs
      .slice(at, at + AT_ONCE)
      .map(({ workflowId, runId }) => fetchRecord(access, workflowId, runId));
    records.push(...(await Promise.all(read)).filter((record) => record !== null));
  }
  return records;
}

async function requireRun(
  { access }: TemporalSession,
  mesh: string,
  wanted: string,
): Promise<OperationRecord> {
  const runs = await listRuns(access, mesh, true, SEARCHED, false);
  if (runs.length === 0) throw await unknownMesh(access, mesh);
  const found = runs.filter(({ runId }) => runId.startsWith(wanted.toLowerCase()));
  const records = found.length > MISTAKEN ? [] : await recordsOf(access, found);
  // an operation that went on in several runs is found by each of them
  const [record, ...others] = new Map(
    records.map((each) => [each.progress.operation.runId, each]),
  ).values();
  if (record !== undefined && others.length === 0) return record;
  throw new ClientFailure(
    EXIT.failed,
    found.length > 1
      ? `${found.length} runs of ${mesh} begin with "${wanted}"`
      : `mesh ${mesh} has no run "${wanted}"`,
    {
      lines: (found.length > 1 ? found : runs)
        .slice(0, 10)
        .map(
          ({ runId, workflowId }) => `${found.length > 1 ? runId : shortRun(runId)}  ${workflowId}`,
        ),
      cures: [`meshwright history ${mesh} lists the runs`],
    },
  );
}
