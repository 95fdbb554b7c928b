import type { OperationKind, OperationState } from '../../contract/mesh-status.ts';
import { failureOfStep, toldFailure } from '../../contract/told-failure.ts';
import type { ToldFailure } from '../../contract/told-failure.ts';
import type { SyncWrite } from '../sync/sync-history.ts';
import type { ChangeCounts } from '../../mesh/plan/object-changes.ts';
import type { Decision } from './operation-record.ts';
import type { StoryEvent } from './story-event.ts';
import type { ToldOperation } from './tell-story.ts';

/** One step in `history -o json`. */
export type HistoryStep = {
  /** Step id. */
  id: string;
  /** Kind of step. */
  kind: string;
  /** Attempts over all rounds. */
  attempts: number;
  /** ISO-8601; null when it never started. */
  startedAt: string | null;
  /** ISO-8601; null while it is not over. */
  finishedAt: string | null;
  /** State it is in, or was in at the end. */
  state: string;
  /** What it reported when done; null before. */
  outcome: string | null;
  /** Why it failed; null when it did not, or a later round did not. */
  failure: ToldFailure | null;
  /** What stays in a cluster whose mesh was removed, and why; absent when nothing does. */
  remains?: string[];
};

/** One operation in `history -o json`. */
export type HistoryOperation = {
  /** Kind of operation. */
  kind: OperationKind;
  /** Workflow id. */
  workflowId: string;
  /** Run id. */
  runId: string;
  /** State it is in. */
  state: OperationState;
  /** Who started it. */
  by: string;
  /** Why; null when nobody said. */
  reason: string | null;
  /** ISO-8601. */
  startedAt: string;
  /** ISO-8601; null while it runs. */
  finishedAt: string | null;
  /** Why it failed as a whole; null when it did not. */
  failure: ToldFailure | null;
  /** Its steps in the order of display. */
  steps: HistoryStep[];
  /** What people decided on the way. */
  decisions: Decision[];
  /** SHA-256 of the spec. */
  specDigest: string;
  /** Digest of the plan; null before there is one. */
  planDigest: string | null;
  /** Objects that it wrote in clusters; null when its workers were too old to tell. */
  changes: ChangeCounts | null;
  /** Everything that happened, in the order of time. */
  events: StoryEvent[];
};

/** What `history -o json` prints. Fields are only ever added. */
export type MeshHistory = {
  apiVersion: 'meshwright.dev/v1alpha1';
  kind: 'MeshHistory';
  /** Mesh name. */
  mesh: string;
  /** Operations, the latest first. */
  operations: HistoryOperation[];
  /** What the mesh's sync wrote, the latest first; with `--sync` only, and then there are no operations. */
  sync?: SyncWrite[];
};

/** Makes the document from operations. */
export function historyDocument(mesh: string, operations: readonly ToldOperation[]): MeshHistory {
  return {
    apiVersion: 'meshwright.dev/v1alpha1',
    kind: 'MeshHistory',
    mesh,
    operations: operations.map(historyOperation),
  };
}

function historyOperation({ record, story, changes }: ToldOperation): HistoryOperation {
  const { progress, decisions, failure, specDigest } = record;
  const { kind, workflowId, runId, state, startedAt, finishedAt } = progress.operation;
  return {
    kind,
    workflowId,
    runId,
    state,
    by: progress.startedBy.by,
    reason: progress.startedBy.reason,
    startedAt,
    finishedAt,
    failure: failure === null ? null : toldFailure(failure),
    steps: progress.steps.map((step) => ({
      id: step.id,
      kind: step.kind,
      attempts: step.attempts,
      startedAt: step.startedAt,
      finishedAt: step.finishedAt,
      state: step.state,
      outcome: step.state === 'done' || step.state === 'skipped' ? step.reason : null,
      failure: failureOfStep(step),
      ...(step.state === 'done' && step.lines.length > 0 ? { remains: step.lines } : {}),
    })),
    decisions,
    specDigest,
    planDigest: progress.planDigest,
    changes,
    events: story,
  };
}

/** One line of `history -o jsonl`. Fields are only ever added. */
export type MeshHistoryEvent = StoryEvent & {
  apiVersion: 'meshwright.dev/v1alpha1';
  kind: 'MeshHistoryEvent';
  /** Mesh name. */
  mesh: string;
  /** Operation in which it happened; its run id is that of its latest run. */
  operation: { kind: OperationKind; workflowId: string; runId: string };
};

/** Every event of operations, those of the oldest one first. */
export function historyEvents(
  mesh: string,
  operations: readonly ToldOperation[],
): MeshHistoryEvent[] {
  return operations.toReversed().flatMap(({ record, story }) => {
    const { kind, workflowId, runId } = record.progress.operation;
    return story.map((event) => ({
      apiVersion: 'meshwright.dev/v1alpha1' as const,
      kind: 'MeshHistoryEvent' as const,
      mesh,
      operation: { kind, workflowId, runId },
      ...event,
    }));
  });
}
