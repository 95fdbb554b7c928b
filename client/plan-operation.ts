import type { PlanInput, PlanResult } from '../contract/messages.ts';
import { planWorkflowId } from '../contract/workflow-ids.ts';
import type { Plan } from '../mesh/plan/plan.ts';
import { planOfRecord } from '../mesh/plan/recorded-plan.ts';
import { ClientFailure } from './client-failure.ts';
import { withLimit } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Run } from './history/find-operations.ts';
import { installWithout } from './install-without.ts';
import type { FollowEnd } from './live/follow.ts';
import { followRun } from './live/follow-run.ts';
import type { Snapshot } from './live/snapshot.ts';
import type { AskedMesh } from './mesh-file.ts';
import type { ClientFlags } from './options.ts';
import { operationFailure } from './operation-failure.ts';
import type { TemporalSession } from './session.ts';
import { runningOperation, startOperation } from './start-operation.ts';
import { noWorkerFailure, readWorkerPresence } from './worker-presence.ts';

/** What is to be planned: an install, or an uninstall where there are options of one. */
export type PlannedMesh = AskedMesh & Pick<PlanInput, 'forget' | 'remembered' | 'uninstall'>;

/**
 * Has a worker plan an operation and waits for the plan; nothing is changed anywhere.
 * @throws {ClientFailure} 1: the clusters refuse what is asked; 5: no worker; 124, 130: nobody waits any more
 */
export async function planOperation(
  session: TemporalSession,
  flags: ClientFlags,
  asked: PlannedMesh,
  timeoutMs: number | null,
): Promise<Plan> {
  const { access } = session;
  const presence = await readWorkerPresence(access, Date.now());
  if (!presence.polls)
    throw noWorkerFailure(
      access,
      presence,
      'a plan is made where the clusters can be reached, by a worker',
    );
  const run = await startPlan(session, asked);
  const without = ({ progress }: Snapshot): string | null =>
    asked.uninstall === undefined ? installWithout(asked.spec, progress.steps) : null;
  let isSaid = false;
  const end = await followRun(session, flags, run, {
    timeoutMs,
    footer: 'Ctrl-C ends the planning; nothing is changed.',
    inspect(snapshot) {
      const { waitsForWorker } = snapshot;
      if (waitsForWorker !== null && !waitsForWorker.presence.polls) {
        throw noWorkerFailure(
          access,
          waitsForWorker.presence,
          'the worker went away while it planned',
        );
      }
      const hint = isSaid ? null : without(snapshot);
      isSaid ||= hint !== null;
      return hint === null ? [] : [hint];
    },
  });
  if (end.how === 'ended' && end.snapshot?.progress.operation.state === 'succeeded') {
    const handle = access.client.workflow.getHandle<() => Promise<PlanResult>>(
      run.workflowId,
      run.runId,
    );
    return planOfRecord((await withLimit(access, () => handle.result())).plan);
  }
  const hint = end.snapshot === null ? null : without(end.snapshot);
  throw await unplanned(session, asked, run, end, { timeoutMs, hint });
}

async function startPlan({ access, requester }: TemporalSession, asked: PlannedMesh): Promise<Run> {
  const workflowId = planWorkflowId(asked.spec.name);
  const running = await runningOperation(access, workflowId);
  const { uninstall, forget = [], remembered = [] } = asked;
  const isPlain = uninstall === undefined && forget.length + remembered.length === 0;
  if (isPlain && running?.specDigest === asked.specDigest && running.uninstall === null)
    return running;
  const input: PlanInput = { ...asked, by: requester, reason: null };
  // a plan of another file that still runs is stuck or forgotten, and ending it changes nothing in any cluster
  const outcome = await startOperation(access, 'plan', workflowId, input, 'TERMINATE_EXISTING');
  return 'started' in outcome ? outcome.started : outcome.running;
}

async function unplanned(
  session: TemporalSession,
  { spec }: AskedMesh,
  run: Run,
  { how, snapshot }: FollowEnd,
  { timeoutMs, hint }: { timeoutMs: number | null; hint: string | null },
): Promise<ClientFailure> {
  if (how === 'ended' && snapshot !== null)
    return operationFailure(snapshot, session.link(run.workflowId, run.runId));
  const handle = session.access.client.workflow.getHandle(run.workflowId, run.runId);
  await withLimit(session.access, () => handle.cancel()).catch(() => undefined);
  if (how === 'interrupted')
    return new ClientFailure(
      EXIT.interrupted,
      `planning of ${spec.name} was ended; nothing was changed`,
    );
  const open = (snapshot?.progress.steps ?? []).filter(
    (step) => step.state === 'waiting' || step.state === 'retrying' || step.state === 'running',
  );
  return new ClientFailure(
    EXIT.timedOut,
    `there is no plan of ${spec.name} after ${(timeoutMs ?? 0) / 1000} s; nothing was changed`,
    {
      lines: open.map(
        (step) => `${step.id} ${step.state}${step.reason === null ? '' : `: ${step.reason}`}`,
      ),
      cures: ['remove the reason, or wait longer with --timeout', ...(hint === null ? [] : [hint])],
    },
  );
}
