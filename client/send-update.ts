import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { OperationKind } from '../contract/mesh-status.ts';
import { ClientFailure } from './client-failure.ts';
import { withLimit } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Run } from './history/find-operations.ts';
import { shortRun } from './render/step-text.ts';
import type { TemporalSession } from './session.ts';
import { noWorkerFailure, readWorkerPresence } from './worker-presence.ts';

/** The workflow answers an update in milliseconds when a worker is there; time limit in milliseconds. */
const UPDATE_MS = 15_000;

/** An update to an operation. */
export type UpdateTo = {
  /** Mesh name. */
  mesh: string;
  /** Kind of operation. */
  kind: OperationKind;
  /** A run of it. */
  run: Run;
  /** Name of the update. */
  update: string;
};

/**
 * Sends a decision to whichever run the operation is in by then, and to no other operation.
 * @throws {ClientFailure} 1: refused, or over; 5: no worker answers
 */
export async function sendUpdate<I, R>(
  { access }: TemporalSession,
  { mesh, kind, run, update }: UpdateTo,
  input: I,
): Promise<R> {
  const handle = access.client.workflow.getHandle(run.workflowId, undefined, {
    firstExecutionRunId: run.firstRunId ?? run.runId,
  });
  try {
    return await withLimit(
      access,
      () => handle.executeUpdate<R, [I]>(update, { args: [input] }),
      UPDATE_MS,
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw new ClientFailure(EXIT.failed, `the ${update} was refused: ${error.cause.message}`, {
        cures: [`see where every step stands: meshwright status ${mesh} -o wide`],
      });
    }
    if (error instanceof WorkflowNotFoundError) throw overFailure(mesh, kind, run);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      const presence = await readWorkerPresence(access, Date.now());
      throw noWorkerFailure(
        access,
        presence,
        `the ${update} was not answered within ${UPDATE_MS / 1000} s; a worker that comes back soon may still take it up`,
      );
    }
    throw error;
  }
}

/** The failure of a decision about an operation that has ended. */
export function overFailure(mesh: string, kind: OperationKind, run: Run): ClientFailure {
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
