import type { ClusterSpec, MeshSpec } from '../spec/mesh-spec.ts';
import type { StepKind } from './step-inputs.ts';

/** Kinds of the steps of an install that no plan has made: they look at clusters and plan. */
const UNPLANNED: ReadonlySet<string> = new Set<StepKind>([
  'precheck',
  'planInstall',
  'reachCluster',
]);

/** Whether a plan made a step of that kind. */
export function isPlanned({ kind }: { kind: string }): boolean {
  return !UNPLANNED.has(kind);
}

/**
 * Clusters that a plan must leave out when `missing` cannot be read, in the order of the file: those, and every remote whose primary is among
 * them, for nothing of a remote can be ready before its control plane is. Names that are not in the file count for nothing.
 */
export function setAside(spec: MeshSpec, missing: readonly string[]): string[] {
  const gone = new Set(missing);
  return spec.clusters
    .filter((cluster) => gone.has(cluster.name) || gone.has(primaryName(cluster)))
    .map(({ name }) => name);
}

/**
 * Whether there is something useful to install without the clusters that cannot be read: a control plane is left, and the root's key is at hand,
 * for with `trust.home` it is in that cluster.
 *
 * A mesh whose root nobody has seen yet may go on: the root comes from the worker's trust store, or is made there. A cluster that comes back with
 * another root is refused with TrustMismatch before anything is written in it, since every later plan compares the roots of all clusters first.
 */
export function canGoOnWithout(spec: MeshSpec, missing: readonly string[]): boolean {
  const away = new Set(setAside(spec, missing));
  const { trust } = spec;
  if (trust.source === 'generated' && trust.home !== null && away.has(trust.home)) return false;
  return spec.clusters.some(
    ({ name, controlPlane }) => controlPlane.kind === 'primary' && !away.has(name),
  );
}

function primaryName({ name, controlPlane }: ClusterSpec): string {
  return controlPlane.kind === 'remote' ? controlPlane.primary : name;
}
