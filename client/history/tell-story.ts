import { toldFailure } from '../../contract/told-failure.ts';
import { sumOfCounts } from '../../mesh/plan/object-changes.ts';
import type { ChangeCounts } from '../../mesh/plan/object-changes.ts';
import type { OperationRecord } from './operation-record.ts';
import { recordOfChain } from './read-chain.ts';
import type { OperationRun } from './read-chain.ts';
import { anEvent, StepStory } from './step-story.ts';
import type { StoryEvent } from './story-event.ts';

/** Tells what happened in an operation, in the order of time, from all its runs and what they add up to. */
function tellStory(chain: readonly OperationRun[], record: OperationRecord): StoryEvent[] {
  const { progress, specDigest, decisions, failure } = record;
  const { startedAt, finishedAt, state, runId } = progress.operation;
  const { by, reason } = progress.startedBy;
  const first = chain[0]?.runId ?? runId;
  const began = {
    ...anEvent('operationStarted', startedAt, first),
    actor: by,
    detail: reason,
    specDigest,
  };
  const ended =
    finishedAt === null
      ? []
      : [
          {
            ...anEvent('operationEnded', finishedAt, runId),
            tookMs: Date.parse(finishedAt) - Date.parse(startedAt),
            detail: state,
            failure: failure === null ? null : toldFailure(failure),
          },
        ];
  const between = [
    ...chain.flatMap((run) => new StepStory(run, progress.operation.kind).tell()),
    ...decisions.map(({ what, step, by: actor, reason: why, at }) => ({
      ...anEvent('decided', at, runAt(chain, at) ?? runId),
      actor,
      step,
      detail: why,
      decision: what,
    })),
  ].toSorted((a, b) => a.at.localeCompare(b.at));
  return [began, ...between, ...ended];
}

/** An operation, all that happened in it, and what it came to. */
export type ToldOperation = {
  /** What it adds up to. */
  record: OperationRecord;
  /** All that happened. */
  story: StoryEvent[];
  /** Objects that it wrote in clusters; null when its workers were too old to tell. */
  changes: ChangeCounts | null;
};

/** Tells of an operation from all its runs; null when it is none of ours. */
export function tellOperation(chain: readonly OperationRun[]): ToldOperation | null {
  const record = recordOfChain(chain);
  if (record === null) return null;
  const story = tellStory(chain, record);
  const told = story.flatMap(({ changes }) => changes ?? []);
  const isOld = told.length === 0 && record.progress.steps.some(({ changed }) => changed > 0);
  return { record, story, changes: isOld ? null : sumOfCounts(told) };
}

/** The run that was under way at a time. */
function runAt(chain: readonly OperationRun[], at: string): string | undefined {
  return chain.findLast((run) => (new StepStory(run, 'install').startedAt() ?? '') <= at)?.runId;
}
