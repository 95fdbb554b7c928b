import {
  ApplicationFailure,
  ContinueAsNew,
  defineQuery,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { MeshProgress, OperationKind } from '../contract/mesh-status.ts';
import { carriedSteps } from '../contract/carried-install.ts';
import type { CarriedInstall } from '../contract/carried-install.ts';
import type { Requester } from '../contract/messages.ts';
import { PROGRESS_QUERY, SPEC_QUERY } from '../contract/messages.ts';
import type { FailureDetails } from '../mesh/failure.ts';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';
import { OperationFailed } from './operation-failed.ts';
import { HistoryRoom } from './history-room.ts';
import { ProgressBoard } from './progress-board.ts';
import { progressPublisher } from './publish-progress.ts';
import { acceptDecisions } from './decision-updates.ts';
import { OperationAborted } from './operation-aborted.ts';
import type { PlanRun } from './run-plan.ts';

/** What every operation is started with; `carried` only where an earlier run of it left something to do. */
type OperationInput = Requester & { spec: MeshSpec; carried?: CarriedInstall };

/** Most lines in the failure of a workflow. */
const LINES = 10;

/**
 * Runs what is particular to an operation between what all have in common: handlers, a board that people see, its end.
 * The body may end the board itself, when the operation came to its end and the answer is still no.
 * @throws {ApplicationFailure} when a failure ends the operation; `type` is a FailureType, the first detail FailureDetails
 * @throws {CancelledFailure} when it is cancelled
 */
export async function runOperation<R>(
  kind: OperationKind,
  input: OperationInput,
  onFailure: PlanRun['onFailure'],
  body: (run: PlanRun) => Promise<R>,
): Promise<R> {
  const board = boardOf(kind, input);
  setHandler(defineQuery<MeshProgress>(PROGRESS_QUERY), () => board.progress(), {
    description: 'where every step stands',
  });
  setHandler(defineQuery<MeshSpec>(SPEC_QUERY), () => input.spec, {
    description: 'the mesh as it was asked for',
  });
  if (onFailure === 'park') acceptDecisions(board);
  const publish = progressPublisher(board);
  const room = new HistoryRoom(onFailure === 'park');
  try {
    const result = await body({ board, publish, onFailure, room });
    board.finish('succeeded');
    publish();
    return result;
  } catch (error) {
    // The operation goes on, in another run.
    if (error instanceof ContinueAsNew) throw error;
    board.finish(isCancellation(error) ? 'canceled' : 'failed');
    publish();
    if (error instanceof OperationAborted) throw error.asApplicationFailure();
    throw error instanceof OperationFailed ? asApplicationFailure(error) : error;
  }
}

function boardOf(
  kind: OperationKind,
  { spec, by, reason, carried }: OperationInput,
): ProgressBoard {
  const { workflowId, runId, firstExecutionRunId, startTime } = workflowInfo();
  const startedAt = carried?.startedAt ?? startTime.toISOString();
  const first = carried === undefined ? {} : { firstRunId: firstExecutionRunId };
  const facts = {
    mesh: spec.name,
    operation: { kind, workflowId, runId, ...first, startedAt },
    clusters: spec.clusters.map(({ name, network, controlPlane }) => ({
      name,
      network,
      role: controlPlane.kind,
      gatewayAddresses: [],
      ingressAddresses: [],
    })),
    startedBy: { by, reason },
  };
  return carried === undefined
    ? new ProgressBoard(facts)
    : new ProgressBoard(facts, carriedSteps(carried).board, carried.decided, carried.quarantine);
}

function asApplicationFailure({ failures, message }: OperationFailed): ApplicationFailure {
  const [first] = failures;
  const cures = new Set(failures.flatMap(({ failure }) => failure.cure ?? []));
  const details: FailureDetails = {
    lines: failures
      .flatMap(({ step, failure }) =>
        failure.lines.map((line) => (failures.length === 1 ? line : `${step}: ${line}`)),
      )
      .slice(0, LINES),
    ...(cures.size === 0 ? {} : { cure: [...cures].join('; ') }),
  };
  return ApplicationFailure.nonRetryable(message, first?.failure.type, details);
}
