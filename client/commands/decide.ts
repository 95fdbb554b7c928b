import type { OperationKind } from '../../contract/mesh-status.ts';
import { RETRY_UPDATE } from '../../contract/messages.ts';
import type { RetryInput, RetryResult } from '../../contract/messages.ts';
import { SKIP_UPDATE } from '../../contract/decisions.ts';
import type {
  DecisionInput,
  DecisionResult,
  OperationUpdate,
  SkipInput,
  SkipResult,
} from '../../contract/decisions.ts';
import { confirmMesh } from '../confirm-mesh.ts';
import type { ConfirmFlags } from '../confirm-mesh.ts';
import { EXIT } from '../exit-codes.ts';
import { lastOperation } from '../last-operation.ts';
import { followOperation } from '../live/follow-operation.ts';
import type { ClientFlags } from '../options.ts';
import { refusePlainText } from '../refuse-plain-text.ts';
import { sign } from '../render/look.ts';
import type { Line, Look } from '../render/look.ts';
import { shortRun } from '../render/step-text.ts';
import { overFailure, sendUpdate } from '../send-update.ts';
import { openSession, withTemporal } from '../session.ts';
import type { TemporalSession } from '../session.ts';
import { noWorkerFailure, readWorkerPresence } from '../worker-presence.ts';

/** Flags of every command that decides about a running operation. */
export type DecideFlags = ClientFlags &
  ConfirmFlags & {
    /** Why, for the history. */
    reason: string;
    /** Of `cancel`: takes back what the operation made. */
    undo?: boolean;
    /** Returns when the decision is accepted. */
    detach?: boolean;
    /** Limit of following, in milliseconds; none when absent. */
    timeout?: number;
  };

/** How a decision is sent and told. */
type Decision<R> = {
  /** Name of the update, and the verb of the command. */
  update: string;
  /** `kind` of the document. */
  document: string;
  /** Argument of the update, but for who and why. */
  about: object;
  /** What the accepted decision means, in one line. */
  means(result: R, kind: OperationKind): string;
  /** Whether the operation is followed once it is accepted. */
  follows: boolean;
};

/** Runs `meshwright retry`: has a blocked step run again, and follows. */
export function runRetryCommand(mesh: string, step: string, flags: DecideFlags): Promise<void> {
  return decide<RetryInput, RetryResult>(mesh, flags, {
    update: RETRY_UPDATE,
    document: 'RetryAccepted',
    about: { step },
    means: (result) => `step ${result.step} · round ${result.round}`,
    follows: true,
  });
}

/** Runs `meshwright skip`: lets a blocked step count as finished, says what will be missing, and follows. */
export function runSkipCommand(mesh: string, step: string, flags: DecideFlags): Promise<void> {
  return decide<SkipInput, SkipResult>(mesh, flags, {
    update: SKIP_UPDATE,
    document: 'SkipAccepted',
    about: { step },
    means: ({ missing }) => `step ${step} skipped · missing: ${missing}`,
    follows: true,
  });
}

const MEANS: { readonly [U in OperationUpdate]: (kind: OperationKind) => string } = {
  abort: (kind) => `the ${kind} is given up: nothing new starts`,
  pause: (kind) => `the ${kind} is paused: no new step starts, what runs goes on`,
  resume: (kind) => `the ${kind} goes on`,
  cancel: (kind) => `the ${kind} is canceled: what runs is stopped`,
};
const UNDOES = 'the install is canceled: what runs is stopped, and what it made is taken back';
const DOCUMENTS: { readonly [U in OperationUpdate]: string } = {
  abort: 'AbortAccepted',
  pause: 'PauseAccepted',
  resume: 'ResumeAccepted',
  cancel: 'CancelAccepted',
};

/** Runs `abort`, `pause`, `resume` or `cancel`: decides about the operation of a mesh that runs. */
export function runOperationDecision(
  update: OperationUpdate,
  mesh: string,
  flags: DecideFlags,
): Promise<void> {
  return decide<DecisionInput, DecisionResult>(mesh, flags, {
    update,
    document: DOCUMENTS[update],
    about: flags.undo === true ? { undo: true } : {},
    means: (_result, kind) => (flags.undo === true ? UNDOES : MEANS[update](kind)),
    follows: update !== 'pause',
  });
}

async function decide<I extends DecisionInput, R extends object>(
  mesh: string,
  flags: DecideFlags,
  decision: Decision<R>,
): Promise<void> {
  const session = openSession(flags);
  const { update } = decision;
  const asks = update === 'abort' || update === 'cancel';
  if (asks) confirmMesh.require(session.output, mesh, update, flags);
  await withTemporal(session, flags, async (temporal) => {
    const { access, requester } = temporal;
    const { run, kind } = await lastOperation(access, mesh);
    if (!run.open) throw overFailure(mesh, kind, run);
    const presence = await readWorkerPresence(access, Date.now());
    if (!presence.polls)
      throw noWorkerFailure(access, presence, `the ${update} cannot be accepted`);
    await refusePlainText(access, presence);
    if (asks) await confirmMesh.ask(mesh, `${update} the ${kind} of ${mesh}`, flags);
    const input = { ...decision.about, by: requester, reason: flags.reason } as I;
    const result = await sendUpdate<I, R>(temporal, { mesh, kind, run, update }, input);
    await tell(temporal, flags, { mesh, runId: run.runId, kind }, decision, result);
    if (flags.detach === true || !decision.follows) return EXIT.ok;
    return followOperation(temporal, flags, run, {
      mesh,
      kind,
      timeoutMs: flags.timeout ?? null,
      planShown: true,
      stops: asks,
    });
  });
}

async function tell<R extends object>(
  { output, requester }: TemporalSession,
  { detach, reason }: DecideFlags,
  { mesh, runId, kind }: { mesh: string; runId: string; kind: OperationKind },
  { document, means, update, follows }: Decision<R>,
  result: R,
): Promise<void> {
  const line = (look: Look): Line => [
    sign(update === RETRY_UPDATE ? 'retrying' : 'done', look),
    ` accepted by run ${shortRun(runId)} as ${requester} · ${means(result, kind)}`,
  ];
  if (detach !== true && follows) {
    output.note(line(output.noteLook));
    return;
  }
  const answer = { apiVersion: 'meshwright.dev/v1alpha1', kind: document, mesh, runId };
  await output.answer({ ...answer, by: requester, reason, ...result }, (look) => [line(look)]);
}
