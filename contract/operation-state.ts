import type { OperationState, StepProgress } from './mesh-status.ts';

/** What the state of an operation depends on of clusters that it goes on without. */
export type SetAside = {
  /** Whether clusters that have not answered still have time to: what is blocked then does not yet hold the operation. */
  readonly isGracious: boolean;
  /** Whether clusters may be left out in this run. */
  readonly isUsed: boolean;
  /** ISO-8601 time since when the cluster is away; undefined when the plan has it. */
  since(cluster: string): string | undefined;
};

/**
 * State of an operation that nobody has paused and that has not ended: `blocked` when something is, and nothing else can go on without a person.
 * Looks at clusters that are away count for nothing: whether they come back, nobody knows.
 */
export function operationState(
  steps: readonly StepProgress[],
  away: SetAside,
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
