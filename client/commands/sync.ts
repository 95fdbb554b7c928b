import { WorkflowNotFoundError } from '@temporalio/client';
import { LOOK_SIGNAL, STOP_SIGNAL } from '../../contract/mesh-sync.ts';
import { syncWorkflowId } from '../../contract/workflow-ids.ts';
import { ClientFailure } from '../client-failure.ts';
import { withLimit } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { requireInstall } from '../history/find-operations.ts';
import type { ClientFlags } from '../options.ts';
import { refusePlainText } from '../refuse-plain-text.ts';
import { sign } from '../render/look.ts';
import { renderSync } from '../render/sync-screen.ts';
import { openSession, withTemporal } from '../session.ts';
import type { TemporalSession } from '../session.ts';
import { readSync } from '../sync/read-sync.ts';

/** Flags of `sync`. */
export type SyncFlags = ClientFlags & {
  /** Has everything looked at now. */
  now?: boolean;
  /** Ends the following. */
  stop?: boolean;
  /** Why, for the history. */
  reason?: string;
};

/** Runs `meshwright sync`: shows what follows a mesh's addresses, has it look again, or ends it. */
export async function runSyncCommand(mesh: string, flags: SyncFlags): Promise<void> {
  const session = openSession(flags);
  if (flags.now === true && flags.stop === true)
    throw new ClientFailure(EXIT.usage, '--now and --stop do not go together');
  await withTemporal(session, flags, async (temporal) => {
    await requireInstall(temporal.access, mesh);
    if (flags.stop === true) return send(temporal, mesh, STOP_SIGNAL, flags);
    if (flags.now === true) return send(temporal, mesh, LOOK_SIGNAL, flags);
    return show(temporal, mesh);
  });
}

async function show({ access, output, link }: TemporalSession, mesh: string): Promise<ExitCode> {
  const report = await readSync(access, mesh);
  const document = { apiVersion: 'meshwright.dev/v1alpha1', kind: 'SyncStatus', mesh, ...report };
  const ui = link(syncWorkflowId(mesh), report.runId ?? '');
  await output.answer(document, (look) => renderSync(mesh, report, ui, look));
  if (report.state === 'blocked') return EXIT.blocked;
  if (report.state === 'unanswered') return EXIT.noWorker;
  return report.state === 'following' ? EXIT.ok : EXIT.failed;
}

async function send(
  { access, output, requester }: TemporalSession,
  mesh: string,
  signal: string,
  { reason = '' }: SyncFlags,
): Promise<ExitCode> {
  await refusePlainText(access);
  const message = { by: requester, reason: reason === '' ? null : reason };
  const handle = access.client.workflow.getHandle(syncWorkflowId(mesh));
  try {
    await withLimit(access, () => handle.signal(signal, message));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new ClientFailure(EXIT.failed, `nothing follows the addresses of ${mesh}`, {
      cures: ['begin it with an install: meshwright install -f mesh.yaml'],
    });
  }
  const said =
    signal === STOP_SIGNAL
      ? `the addresses of ${mesh} are not followed any more; the next install begins it again`
      : `everything is looked at again; see meshwright sync ${mesh}`;
  const kind = signal === STOP_SIGNAL ? 'SyncStopped' : 'SyncAsked';
  const document = { apiVersion: 'meshwright.dev/v1alpha1', kind, mesh, ...message };
  await output.answer(document, (look) => [[sign('done', look), ` ${said}`]]);
  return EXIT.ok;
}
