import {
  CONTROL_PLANE_CLUSTERS_ANNOTATION,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  NETWORK_LABEL,
} from '../../mesh/istio/istio-names.ts';
import type { ObjectRef } from '../../mesh/kubernetes-object.ts';
import { keepersIn } from '../removal/namespace-keepers.ts';
import { isOurs } from '../../mesh/field-managers.ts';
import type { Cluster } from '../ports/cluster.ts';

function namespaceRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Namespace', name };
}

/**
 * Applies a system namespace. One that does not exist yet gets a label that says so: only that one may be removed with the mesh.
 * Answers whether anything changed.
 */
export async function applySystemNamespace(
  cluster: Cluster,
  name: string,
  network: string,
  controlPlaneClusters: readonly string[],
): Promise<boolean> {
  const live = await cluster.read(namespaceRef(name));
  const isOwn = live === null || live.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY;
  const { changed } = await cluster.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { [NETWORK_LABEL]: network, ...(isOwn ? { [MANAGED_BY_LABEL]: MANAGED_BY } : {}) },
      ...(controlPlaneClusters.length === 0
        ? {}
        : {
            annotations: { [CONTROL_PLANE_CLUSTERS_ANNOTATION]: controlPlaneClusters.join(',') },
          }),
    },
  });
  return changed;
}

/** What became of a system namespace that was given back. */
export type ReleasedNamespace = {
  /** Whether it is going away, or gone. */
  removed: boolean;
  /** What was done, in words. */
  summary: string;
  /** What in it keeps it, as `Kind name`; none where it was there before the mesh. */
  keepers: string[];
};

/**
 * Gives a system namespace back: removes it when meshwright made it and nothing else is left in it, else takes away what meshwright wrote
 * on it.
 */
export async function releaseSystemNamespace(
  cluster: Cluster,
  name: string,
): Promise<ReleasedNamespace> {
  const live = await cluster.read(namespaceRef(name));
  if (live === null) return { removed: true, summary: `namespace ${name} is gone`, keepers: [] };
  const kept = async (why: string, keepers: string[]): Promise<ReleasedNamespace> => {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return { removed: false, summary: `namespace ${name} kept, ${why}`, keepers };
  };
  if (live.metadata.labels?.[MANAGED_BY_LABEL] !== MANAGED_BY || !isOurs(live))
    return kept('it was there before', []);
  const keepers = await keepersIn(cluster, name);
  if (keepers.length > 0) {
    const more = keepers.length > 1 ? ` and ${keepers.length - 1} more` : '';
    return kept(`it holds ${keepers[0] ?? ''}${more}`, keepers);
  }
  await cluster.remove(namespaceRef(name));
  return { removed: true, summary: `namespace ${name} removed`, keepers: [] };
}
