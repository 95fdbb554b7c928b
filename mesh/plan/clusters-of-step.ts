import type { PlanStep } from './plan.ts';

/**
 * Names of the clusters without which a planned step cannot be done: the one it works in, and those it reads from or waits for; null for those of
 * the whole mesh. Agrees with reachable-steps.ts, which leaves such a step out, or does less in it, when one of them is away.
 */
export function clustersOfStep(step: PlanStep): string[] | null {
  if (step.cluster === null) return null;
  return [step.cluster, ...othersOf(step)];
}

function othersOf(step: PlanStep): string[] {
  switch (step.kind) {
    case 'createRemoteSecret':
      return [step.input.remote.name, step.input.primary.name];
    case 'applyImport':
      return [step.input.owner.name];
    case 'applyStubServices':
      return step.input.clusters.map(({ name }) => name);
    case 'patchMeshNetworks':
      return step.input.meshNetworks.flatMap(({ clusters }) =>
        clusters.flatMap(({ name, away = false }) => (away ? [] : [name])),
      );
    case 'awaitMeshSync':
      return step.input.clusters;
    default:
      return [];
  }
}
