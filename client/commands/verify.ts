import type { VerifyInput } from '../../contract/messages.ts';
import { verifyWorkflowId } from '../../contract/workflow-ids.ts';
import { ClientFailure } from '../client-failure.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { fetchRecord } from '../history/fetch-record.ts';
import { installedMesh } from '../installed-mesh.ts';
import { readFileOf } from '../last-operation.ts';
import type { Run } from '../history/find-operations.ts';
import { detachedLines, exitOfFollow } from '../live/follow-exit.ts';
import { followRun } from '../live/follow-run.ts';
import type { AskedMesh } from '../mesh-file.ts';
import { operationFailure } from '../operation-failure.ts';
import type { ClientFlags } from '../options.ts';
import { painted } from '../render/look.ts';
import { shortRun } from '../render/step-text.ts';
import { elapsed } from '../render/time.ts';
import { renderVerifyMatrix } from '../render/verify-matrix.ts';
import { openSession, withTemporal } from '../session.ts';
import type { TemporalSession } from '../session.ts';
import { startOperation } from '../start-operation.ts';
import { noWorkerFailure, readWorkerPresence } from '../worker-presence.ts';

/** Flags of `verify`. */
export type VerifyFlags = ClientFlags & {
  /** Mesh file instead of that of the last install. */
  file?: string;
  /** Why, for the history. */
  reason?: string;
  /** Limit of waiting, in milliseconds; none when absent. */
  timeout?: number;
};

/** Runs `meshwright verify`: real requests between all clusters. */
export async function runVerifyCommand(mesh: string, flags: VerifyFlags): Promise<void> {
  const session = openSession(flags);
  const fromFile = flags.file === undefined ? null : await readFileOf(mesh, flags.file, 'verify');
  await withTemporal(session, flags, async (temporal) => {
    const asked = fromFile ?? (await installedMesh(temporal.access, mesh));
    const { access } = temporal;
    const presence = await readWorkerPresence(access, Date.now());
    if (!presence.polls) throw noWorkerFailure(access, presence, 'requests are sent by a worker');
    return verify(temporal, flags, asked, await startVerify(temporal, flags, asked));
  });
}

async function startVerify(
  session: TemporalSession,
  flags: VerifyFlags,
  asked: AskedMesh,
): Promise<Run> {
  const { access, requester, output } = session;
  const mesh = asked.spec.name;
  const input: VerifyInput = { ...asked, by: requester, reason: flags.reason ?? null };
  const outcome = await startOperation(access, 'verify', verifyWorkflowId(mesh), input);
  if ('started' in outcome) return outcome.started;
  const { running } = outcome;
  const since = `run ${shortRun(running.runId)}, started ${elapsed(Date.now() - Date.parse(running.startedAt))} ago by ${running.by}`;
  if (running.specDigest !== asked.specDigest) {
    throw new ClientFailure(
      EXIT.failed,
      `a verification of ${mesh} with another file runs: ${since}`,
      {
        cures: ['try again when it is over'],
      },
    );
  }
  output.note([
    painted(`the same verification of ${mesh} runs already, ${since}: following it`, 'dim'),
  ]);
  return running;
}

async function verify(
  session: TemporalSession,
  flags: VerifyFlags,
  { spec }: AskedMesh,
  run: Run,
): Promise<ExitCode> {
  const { access, output } = session;
  const end = await followRun(session, flags, run, {
    timeoutMs: flags.timeout ?? null,
    footer: 'Ctrl-C detaches; the verification goes on and cleans up after itself.',
    inspect({ waitsForWorker }) {
      if (waitsForWorker !== null && !waitsForWorker.presence.polls) {
        throw noWorkerFailure(
          access,
          waitsForWorker.presence,
          'the verification goes on when one does',
        );
      }
      return [];
    },
  });
  if (end.how === 'interrupted' || end.how === 'timeout') {
    const why =
      end.how === 'interrupted'
        ? 'detached'
        : `stopped waiting after ${elapsed(flags.timeout ?? 0)}`;
    output.report(detachedLines(session, spec.name, 'verify', run, why));
    return exitOfFollow(end);
  }
  const report = (await fetchRecord(access, run.workflowId, run.runId))?.report ?? null;
  if (report === null) {
    if (end.snapshot === null) return exitOfFollow(end);
    throw operationFailure(end.snapshot, session.link(run.workflowId, run.runId));
  }
  await output.answer(report, (look) => renderVerifyMatrix(report, look));
  return report.ok ? EXIT.ok : EXIT.failed;
}
