import type { OperationState, StepProgress } from '../contract/mesh-status.ts';
import type { AwayClusters } from './away-clusters.ts';

/**
 * State of an operation that nobody has paused and that has not ended: `blocked` when something is, and nothing else can go on without a person.
 * Looks at clusters that are away count for nothing: whether they come back, nobody knows.
 */
export function operationState(
  steps: readonly StepProgress[],
  away: AwayClusters,
): Extract<OperationState, 'running' | 'blocked'> {
  if (away.isGracious || steps.every(({ state }) => state !== 'blocked')) return 'running';
  const finished = new Set(
    steps.flatMap(({ id, state }) => (state === 'done' || state === 'skipped' ? [id] : [])),
  );
  const goesOn = ({ kind, cluster, state, needs }: StepProgress): boolean => {
    if (state === 'running')
      return kind !== 'precheck' || cluster === null || away.since(cluster) === undefined;
    return away.isUsed && state === 'pending' && needs.every((need) => finished.has(need));
  };
  return steps.some(goesOn) ? 'running' : 'blocked';
}
