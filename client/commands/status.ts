import { meshStatus } from '../../contract/merge-status.ts';
import type { SyncReport } from '../../contract/mesh-sync.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { lastOperation } from '../last-operation.ts';
import type { LastOperation } from '../last-operation.ts';
import { detachedLines, exitOfFollow, exitOfState } from '../live/follow-exit.ts';
import { followRun } from '../live/follow-run.ts';
import { OperationReader } from '../live/operation-reader.ts';
import type { Snapshot } from '../live/snapshot.ts';
import type { ClientFlags } from '../options.ts';
import { sign } from '../render/look.ts';
import { renderStatus } from '../render/status-screen.ts';
import { readSync } from '../sync/read-sync.ts';
import { openSession, withTemporal } from '../session.ts';
import type { TemporalSession } from '../session.ts';
import { noWorkerText } from '../worker-presence.ts';

/** Flags of `status`. */
export type StatusFlags = ClientFlags & {
  /** Follows until the operation is over. */
  watch?: boolean;
  /** Limit of following, in milliseconds; none when absent. */
  timeout?: number;
};

/** Runs `meshwright status`: where a mesh stands, at every stage, with or without a worker. */
export async function runStatusCommand(mesh: string, flags: StatusFlags): Promise<void> {
  const session = openSession(flags);
  await withTemporal(session, flags, async (temporal) => {
    const last = await lastOperation(temporal.access, mesh);
    if (flags.watch === true) return watch(temporal, mesh, flags, last);
    const { run } = last;
    // side by side: without a worker each of them waits for an answer that does not come
    const [snapshot, sync] = await Promise.all([
      new OperationReader(temporal.access, run.workflowId, run.runId).read(),
      readSync(temporal.access, mesh),
    ]);
    await show(temporal, snapshot, sync);
    const missing = reportMissingWorker(temporal, snapshot);
    const { state } = snapshot.progress.operation;
    return missing && state === 'running' ? EXIT.noWorker : exitOfState(state);
  });
}

async function watch(
  session: TemporalSession,
  mesh: string,
  flags: StatusFlags,
  { run, kind }: LastOperation,
): Promise<ExitCode> {
  const end = await followRun(session, flags, run, {
    timeoutMs: flags.timeout ?? null,
    throughBlocked: true,
    footer: `Ctrl-C ends the watching; the ${kind} goes on.`,
  });
  if (end.snapshot !== null)
    await show(session, end.snapshot, await readSync(session.access, mesh));
  if (end.how === 'interrupted')
    session.output.report(detachedLines(session, mesh, kind, run, 'detached'));
  return exitOfFollow(end);
}

async function show(
  { output, link }: TemporalSession,
  snapshot: Snapshot,
  sync: SyncReport,
): Promise<void> {
  const { workflowId, runId } = snapshot.progress.operation;
  const ui = link(workflowId, runId);
  await output.answer(meshStatus(snapshot.progress, sync), (look, wide) =>
    renderStatus(snapshot, ui, wide, look, sync),
  );
}

function reportMissingWorker(
  { output, access }: TemporalSession,
  { waitsForWorker, progress }: Snapshot,
): boolean {
  if (waitsForWorker === null || waitsForWorker.presence.polls) return false;
  output.report([
    [
      sign('warning', output.noteLook),
      ` ${noWorkerText(access, waitsForWorker.presence)}: the ${progress.operation.kind} waits and goes on when one does`,
    ],
    ['  try: meshwright worker, on a machine that reaches the clusters'],
  ]);
  return true;
}
