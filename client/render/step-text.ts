import type { MeshProgress, StepProgress, StepState } from '../../contract/mesh-status.ts';

/** States that need no further look: the step is through. */
const THROUGH: ReadonlySet<StepState> = new Set(['done', 'skipped']);

/** Whether the step is through. */
export function isThrough(step: StepProgress): boolean {
  return THROUGH.has(step.state);
}

/** How many steps are through, of how many, e.g. `17/29 steps`. */
export function stepCount(steps: readonly StepProgress[]): string {
  return `${steps.filter(isThrough).length}/${steps.length} steps`;
}

/**
 * Beginning of a run id that `meshwright history MESH RUN` takes. Run ids are UUIDs of version 7: their first 12 digits are
 * milliseconds, the first 8 alone are the same for all runs of a minute.
 */
export function shortRun(runId: string): string {
  return runId.slice(0, 13);
}

/** Lane of a step: its cluster, or the whole mesh. */
export function laneOf(step: StepProgress): string {
  return step.cluster ?? 'mesh';
}

/** Steps by lane: clusters in the order of the file, then those that leave the mesh, the mesh as a whole last. */
export function lanesOf(progress: MeshProgress): { name: string; steps: StepProgress[] }[] {
  const clusters = new Set([
    ...progress.clusters.map((cluster) => cluster.name),
    ...progress.steps.flatMap((step) => step.cluster ?? []),
  ]);
  const names = [...clusters, null];
  return names
    .map((name) => ({
      name: name ?? 'mesh',
      steps: progress.steps.filter((step) => step.cluster === name),
    }))
    .filter(({ steps }) => steps.length > 0);
}

/** Objects that the operation changed so far. */
export function changedObjects({ steps, changedBefore = 0 }: MeshProgress): number {
  return steps.reduce((sum, step) => sum + step.changed, changedBefore);
}

/** A number with its noun. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
