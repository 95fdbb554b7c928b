/** What a step did to one Kubernetes object. */
export type ObjectChange = {
  /** `changed` is also an object that was there and got fields of ours, or lost them. */
  action: 'created' | 'changed' | 'removed';
  /** Cluster the object is in. */
  cluster: string;
  /** API group; absent for the core group. */
  group?: string;
  /** Kind, e.g. `Deployment`. */
  kind: string;
  /** `namespace/name`; the name alone for an object without a namespace. */
  name: string;
  /**
   * First 12 hex digits of the SHA-256 over the object before, in canonical JSON without status and what the API server keeps by itself. Null where there
   * was none, where nobody had read it, and of every Secret.
   */
  before: string | null;
  /** The same of the object after the write; null when it is gone, and of every Secret. */
  after: string | null;
};

/** Numbers of objects that were written. */
export type ChangeCounts = {
  /** Objects that were not there before. */
  created: number;
  /** Objects that were there before. */
  changed: number;
  /** Objects taken away; what went with a namespace is not counted. */
  removed: number;
};

/** Everything that a step wrote in clusters. Counts are exact, the list is bounded. */
export type StepChanges = ChangeCounts & {
  /** Objects in the order of their first write. */
  objects: ObjectChange[];
  /** Objects that are counted and not listed; absent when all are. */
  cut?: number;
};

/** Objects that the outcome of a step lists. They add some 10 KB to a history as a rule and 100 KB at most; 50 clusters stay far below its limits. */
export const LISTED_CHANGES = 100;

/** Adds counts up. */
export function sumOfCounts(counts: readonly ChangeCounts[]): ChangeCounts {
  return counts.reduce(
    (sum, { created, changed, removed }) => ({
      created: sum.created + created,
      changed: sum.changed + changed,
      removed: sum.removed + removed,
    }),
    { created: 0, changed: 0, removed: 0 },
  );
}

/** Kind of step that removes again whatever it makes, and says so itself: to the mesh it has changed nothing. */
export const LEAVES_NOTHING = 'verifyTraffic';

/** Objects that count as changed when a round of a step of that kind had written these, and failed. */
export function countedOfFailure(kind: string, changes: ChangeCounts | undefined): number {
  return changes === undefined || kind === LEAVES_NOTHING ? 0 : countOf(changes);
}

/** Objects written, in whichever way. */
export function countOf({ created, changed, removed }: ChangeCounts): number {
  return created + changed + removed;
}
