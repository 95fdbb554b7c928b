import type { ChangeRecorder } from './change-recorder.ts';
import type { Cluster, Clusters } from '../ports/cluster.ts';

/** Clusters whose every write that changes something is noted by the recorder of the attempt that opens them. Costs no request. */
export function recordedClusters(clusters: Clusters, recorder: () => ChangeRecorder): Clusters {
  return { open: async (ref) => recordedCluster(await clusters.open(ref), recorder()) };
}

/** A cluster whose writes are noted; dry runs are none. */
export function recordedCluster(cluster: Cluster, recorder: ChangeRecorder): Cluster {
  const { name } = cluster;
  return {
    ...cluster,
    read: async (ref) => {
      const object = await cluster.read(ref);
      if (object !== null) recorder.saw(name, object);
      return object;
    },
    apply: async (object, options) => {
      const applied = await cluster.apply(object, options);
      if (applied.changed && options?.dryRun !== true)
        recorder.wrote(name, applied.before, applied.object);
      return applied;
    },
    create: async (object) => {
      const answer = await cluster.create(object);
      if (answer.created) recorder.wrote(name, null, answer.object);
      return answer;
    },
    remove: async (ref, options) => {
      const removed = await cluster.remove(ref, options);
      if (removed) recorder.removed(name, ref);
      return removed;
    },
  };
}
