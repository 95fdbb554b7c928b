import { VERIFIED_CONFIG_MAP } from '../../mesh/istio/verified-record.ts';
import type { Cluster, Clusters } from '../ports/cluster.ts';

/** The proof that an attempt puts in doubt by what it writes. */
export type DoubtedProof = {
  /** System namespace of the mesh; null when its writes leave the proof alone. */
  namespace: string | null;
  /** Whether an attempt before this one has written something, and may have died before it took the proof back. */
  wroteBefore: boolean;
};

/**
 * Clusters whose record of an earlier verification goes with the first write that changes something: whatever ends the operation before it has
 * verified, skipped, given up or dead, the next one does not take the mesh for verified. Costs one request for each cluster that an attempt changes.
 */
export function doubtingClusters(clusters: Clusters, doubted: () => DoubtedProof): Clusters {
  return {
    open: async (ref) => {
      const cluster = await clusters.open(ref);
      const { namespace, wroteBefore } = doubted();
      return namespace === null ? cluster : doubtingCluster(cluster, namespace, wroteBefore);
    },
  };
}

async function doubtingCluster(
  cluster: Cluster,
  namespace: string,
  wroteBefore: boolean,
): Promise<Cluster> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: VERIFIED_CONFIG_MAP };
  let withdrawal: Promise<unknown> | null = null;
  /** Writes side by side wait for the same request: none of them may end the step before it. */
  const withdrawn = async (): Promise<void> => {
    withdrawal ??= cluster.remove(ref);
    await withdrawal;
  };
  if (wroteBefore) await withdrawn();
  return {
    ...cluster,
    apply: async (object, options) => {
      const applied = await cluster.apply(object, options);
      if (applied.changed && options?.dryRun !== true) await withdrawn();
      return applied;
    },
    create: async (object) => {
      const answer = await cluster.create(object);
      if (answer.created) await withdrawn();
      return answer;
    },
    remove: async (object, options) => {
      const removed = await cluster.remove(object, options);
      if (removed) await withdrawn();
      return removed;
    },
  };
}
