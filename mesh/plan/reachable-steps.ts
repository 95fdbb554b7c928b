import type { MeshNetwork } from './mesh-network.ts';
import type { PlanStep } from './plan.ts';

/**
 * What is left of the steps of a whole mesh when some clusters are away: what is done in the others and for them. `away` holds every remote of a
 * primary in it. The rest is as it will be with all clusters, so that nothing is made anew or restarted when they are back.
 *
 * Stub Services are left out altogether: without the Services of one cluster nobody knows which are needed, and its own would be taken away.
 */
export function reachableSteps(steps: readonly PlanStep[], away: ReadonlySet<string>): PlanStep[] {
  if (away.size === 0) return [...steps];
  return steps.flatMap((step) => reachableStep(step, away) ?? []);
}

function reachableStep(step: PlanStep, away: ReadonlySet<string>): PlanStep | null {
  if (step.cluster !== null && away.has(step.cluster)) return null;
  switch (step.kind) {
    case 'applyStubServices':
      return null;
    case 'createRemoteSecret':
      return away.has(step.input.primary.name) ? null : step;
    case 'applyImport':
      return away.has(step.input.owner.name) ? null : step;
    case 'applyControlPlane': {
      const { meshNetworks } = step.input;
      if (meshNetworks === null) return step;
      return { ...step, input: { ...step.input, meshNetworks: marked(meshNetworks, away) } };
    }
    case 'patchMeshNetworks': {
      const { primary, meshNetworks } = step.input;
      if (away.has(primary.name)) return null;
      return { ...step, input: { ...step.input, meshNetworks: marked(meshNetworks, away) } };
    }
    case 'awaitMeshSync':
      return reachableSync(step, away);
    default:
      return step;
  }
}

/** A wait for other clusters needs the remote secrets of those that are there only; for none of them it is no step. */
function reachableSync(
  step: Extract<PlanStep, { kind: 'awaitMeshSync' }>,
  away: ReadonlySet<string>,
): PlanStep | null {
  const clusters = step.input.clusters.filter((name) => !away.has(name));
  if (clusters.length === 0) return null;
  const needs = step.needs.filter((id) => !away.has(id.split('/')[0] ?? ''));
  return { ...step, needs, input: { ...step.input, clusters } };
}

function marked(networks: readonly MeshNetwork[], away: ReadonlySet<string>): MeshNetwork[] {
  return networks.map(({ name, clusters }) => ({
    name,
    clusters: clusters.map((cluster) =>
      away.has(cluster.name) ? { ...cluster, away: true } : cluster,
    ),
  }));
}
