import type { Applied, Cluster, Clusters } from '../../activities/ports/cluster.ts';
import { describeRef, type KubernetesObject, refOf } from '../../mesh/kubernetes-object.ts';

/** What a dead worker's requests end with; no failure of ours, so nothing takes it for one. */
export class Killed extends Error {}

/**
 * Clusters of an attempt that dies: after so many writes that changed something the attempt learns of nothing any more, not even of the
 * last of them, and sends nothing more. Every such write is told to `wrote`, as `Kind namespace/name`.
 */
export function dyingClusters(
  clusters: Clusters,
  writes: number,
  wrote: (object: string) => void = () => undefined,
): Clusters {
  let left = writes;
  let underWay: Promise<unknown> = Promise.resolve();
  const living = (): void => {
    if (left <= 0) throw new Killed('killed');
  };
  /** One write after the other, so that none is under way when another one kills. */
  const write = <T>(work: () => Promise<T>, changed: (answer: T) => KubernetesObject | null) => {
    const done = underWay.then(async () => {
      living();
      const answer = await work();
      const object = changed(answer);
      if (object === null) return answer;
      wrote(describeRef(refOf(object)));
      left -= 1;
      living();
      return answer;
    });
    underWay = done.catch(() => undefined);
    return done;
  };
  const dying = (cluster: Cluster): Cluster => ({
    ...cluster,
    read: async (ref) => {
      living();
      return cluster.read(ref);
    },
    list: async (query) => {
      living();
      return cluster.list(query);
    },
    apply: (object, options) =>
      write(
        () => cluster.apply(object, options),
        (applied: Applied) => (applied.changed ? applied.object : null),
      ),
    create: (object) =>
      write(
        () => cluster.create(object),
        (answer) => (answer.created ? answer.object : null),
      ),
  });
  return { open: async (ref) => dying(await clusters.open(ref)) };
}
