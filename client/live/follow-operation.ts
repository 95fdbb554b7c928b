import type { OperationKind } from '../../contract/mesh-status.ts';
import { meshStatus } from '../../contract/merge-status.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Run } from '../history/find-operations.ts';
import type { ClientFlags } from '../options.ts';
import { painted, writeLines } from '../render/look.ts';
import { renderEnd } from '../render/operation-end.ts';
import { renderSummary } from '../render/plan-screen.ts';
import { elapsed } from '../render/time.ts';
import type { TemporalSession } from '../session.ts';
import { detachedLines, exitOfFollow, exitOfStop } from './follow-exit.ts';
import { followRun } from './follow-run.ts';
import type { Snapshot } from './snapshot.ts';

/** How an operation that changes a mesh is followed. */
export type FollowOperationOptions = {
  /** Mesh name. */
  mesh: string;
  /** Kind of operation. */
  kind: OperationKind;
  /** Limit of following, in milliseconds; null for none. */
  timeoutMs: number | null;
  /** Whether the plan was shown before. */
  planShown: boolean;
  /** Whether it was told to end, so that its end is what was asked for. @default false */
  stops?: boolean;
};

/** Follows an operation to its end, or until it needs a person, and answers how it stands. */
export async function followOperation(
  session: TemporalSession,
  flags: ClientFlags,
  run: Run,
  options: FollowOperationOptions,
): Promise<ExitCode> {
  const { mesh, kind, timeoutMs, planShown } = options;
  const end = await followRun(session, flags, run, {
    timeoutMs,
    footer: `Ctrl-C detaches; the ${kind} goes on.`,
    inspect: planTeller(session, planShown),
  });
  if (end.how === 'interrupted' || end.how === 'timeout') {
    const why =
      end.how === 'interrupted' ? 'detached' : `stopped waiting after ${elapsed(timeoutMs ?? 0)}`;
    session.output.report(detachedLines(session, mesh, kind, run, why));
  }
  if (end.snapshot !== null)
    await answer(session, end.snapshot, end.how === 'ended' || end.how === 'blocked');
  return options.stops === true ? exitOfStop(end) : exitOfFollow(end);
}

/** Shows the plan once it is there, unless it was shown before the start. */
function planTeller({ output }: TemporalSession, shown: boolean): (snapshot: Snapshot) => string[] {
  let told = shown;
  return ({ progress }) => {
    if (told || progress.planDigest === null) return [];
    told = true;
    return writeLines(renderSummary(progress.planSummary), { ...output.noteLook, width: null });
  };
}

async function answer(
  { output, link }: TemporalSession,
  snapshot: Snapshot,
  over: boolean,
): Promise<void> {
  const { progress } = snapshot;
  const { mesh, operation } = progress;
  const ui = link(operation.workflowId, operation.runId);
  const succeeded = operation.state === 'succeeded';
  // a failure is no answer: it goes where errors go, and stdout stays empty unless a program asked for it
  if (succeeded || output.forPrograms)
    await output.answer(meshStatus(progress), (look) => renderEnd(snapshot, ui, look));
  if (succeeded) output.note([painted(`next: ${nextAfter(operation.kind, mesh)}`, 'dim')]);
  else if (over) output.report(renderEnd(snapshot, ui, output.noteLook));
}

function nextAfter(kind: OperationKind, mesh: string): string {
  const look = `meshwright status ${mesh} · meshwright history ${mesh}`;
  return kind === 'uninstall'
    ? look
    : `meshwright status ${mesh} · meshwright verify ${mesh} · meshwright history ${mesh}`;
}
