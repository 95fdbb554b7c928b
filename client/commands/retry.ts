import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { OperationKind } from '../../contract/mesh-status.ts';
import { RETRY_UPDATE } from '../../contract/messages.ts';
import type { RetryInput, RetryResult } from '../../contract/messages.ts';
import { ClientFailure } from '../client-failure.ts';
import { withLimit } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import type { Run } from '../history/find-operations.ts';
import { lastOperation } from '../last-operation.ts';
import { followOperation } from '../live/follow-operation.ts';
import type { ClientFlags } from '../options.ts';
import { sign } from '../render/look.ts';
import { shortRun } from '../render/step-text.ts';
import { openSession, withTemporal } from '../session.ts';
import type { TemporalSession } from '../session.ts';
import { noWorkerFailure, readWorkerPresence } from '../worker-presence.ts';

/** Flags of `retry`. */
export type RetryFlags = ClientFlags & {
  /** Why, for the history. */
  reason: string;
  /** Returns when the retry is accepted. */
  detach?: boolean;
  /** Limit of following, in milliseconds; none when absent. */
  timeout?: number;
};

/** The workflow answers an update in milliseconds when a worker is there; time limit in milliseconds. */
const UPDATE_MS = 15_000;

/** Runs `meshwright retry`: has a blocked step run again, and follows. */
export async function runRetryCommand(
  mesh: string,
  step: string,
  flags: RetryFlags,
): Promise<void> {
  const session = openSession(flags);
  await withTemporal(session, flags, async (temporal) => {
    const { access, output, requester } = temporal;
    const { run, kind } = await lastOperation(access, mesh);
    if (!run.open) throw overFailure(mesh, kind, run);
    const presence = await readWorkerPresence(access, Date.now());
    if (!presence.polls) throw noWorkerFailure(access, presence, 'the retry cannot be accepted');
    const result = await sendRetry(temporal, mesh, kind, run, {
      step,
      by: requester,
      reason: flags.reason,
    });
    const accepted = ` accepted by run ${shortRun(run.runId)} as ${requester} · step ${result.step} · round ${result.round}`;
    if (flags.detach === true) {
      const document = {
        apiVersion: 'meshwright.dev/v1alpha1',
        kind: 'RetryAccepted',
        mesh,
        runId: run.runId,
        by: requester,
        ...result,
      };
      await output.answer(document, (look) => [[sign('retrying', look), accepted]]);
      return EXIT.ok;
    }
    output.note([sign('retrying', output.noteLook), accepted]);
    return followOperation(temporal, flags, run, {
      mesh,
      kind,
      timeoutMs: flags.timeout ?? null,
      planShown: true,
    });
  });
}

async function sendRetry(
  { access }: TemporalSession,
  mesh: string,
  kind: OperationKind,
  run: Run,
  input: RetryInput,
): Promise<RetryResult> {
  // to whichever run the operation is in by then, and to no other operation
  const handle = access.client.workflow.getHandle(run.workflowId, undefined, {
    firstExecutionRunId: run.firstRunId ?? run.runId,
  });
  try {
    return await withLimit(
      access,
      () => handle.executeUpdate<RetryResult, [RetryInput]>(RETRY_UPDATE, { args: [input] }),
      UPDATE_MS,
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw new ClientFailure(EXIT.failed, `the retry was refused: ${error.cause.message}`, {
        cures: [`see where every step stands: meshwright status ${mesh} -o wide`],
      });
    }
    if (error instanceof WorkflowNotFoundError) throw overFailure(mesh, kind, run);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      const presence = await readWorkerPresence(access, Date.now());
      throw noWorkerFailure(
        access,
        presence,
        `the retry was not answered within ${UPDATE_MS / 1000} s; a worker that comes back soon may still take it up`,
      );
    }
    throw error;
  }
}

function overFailure(mesh: string, kind: OperationKind, run: Run): ClientFailure {
  return new ClientFailure(
    EXIT.failed,
    `no operation of ${mesh} runs: the last one, ${kind} ${shortRun(run.runId)}, is over`,
    {
      cures: [
        `see how it ended: meshwright status ${mesh}`,
        'begin a new one: meshwright install -f mesh.yaml',
      ],
    },
  );
}
