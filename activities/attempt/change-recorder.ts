import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import { refOf } from '../../mesh/kubernetes-object.ts';
import type { ChangeCounts, ObjectChange, StepChanges } from '../../mesh/plan/object-changes.ts';
import { countOf, sumOfCounts } from '../../mesh/plan/object-changes.ts';
import { objectDigest } from './object-digest.ts';

function groupOf(apiVersion: string): string | undefined {
  return apiVersion.includes('/') ? apiVersion.replace(/\/.*$/, '') : undefined;
}

function countsOf(objects: readonly ObjectChange[]): ChangeCounts {
  const of = (action: ObjectChange['action']): number =>
    objects.filter((change) => change.action === action).length;
  return { created: of('created'), changed: of('changed'), removed: of('removed') };
}

function keyOf({
  cluster,
  group,
  kind,
  name,
}: Pick<ObjectChange, 'cluster' | 'group' | 'kind' | 'name'>): string {
  return [cluster, group, kind, name].join('|');
}

/**
 * Notes what the attempts of one step wrote. Several writes to an object are one change, from what was there before the first to what is there after the
 * last; an object that was made and removed again is two.
 *
 * What an attempt wrote that was killed comes with its last heartbeat, which Temporal keeps. Two things are missing from it and cannot be had: writes of
 * the last second or so, which no heartbeat told of (the next attempt finds them done and writes nothing), and the names, not the number, of what
 * the heartbeat had no room for.
 */
export class ChangeRecorder {
  /** What an earlier attempt counted and did not list. */
  readonly #unlisted: ChangeCounts;
  readonly #changes: ObjectChange[];
  /** Latest change of each object. */
  readonly #latest: Map<string, ObjectChange>;
  /** Objects as they were read last. */
  readonly #seen = new Map<string, KubernetesObject>();

  /** Goes on from what earlier attempts wrote; null when there were none, or they wrote nothing. */
  constructor(earlier: StepChanges | null) {
    const { objects = [], created = 0, changed = 0, removed = 0 } = earlier ?? {};
    const listed = countsOf(objects);
    this.#changes = objects.map((change) => ({ ...change }));
    this.#latest = new Map(this.#changes.map((change) => [keyOf(change), change]));
    this.#unlisted = {
      created: created - listed.created,
      changed: changed - listed.changed,
      removed: removed - listed.removed,
    };
  }

  /** An object was read; its digest is made only if it is removed. */
  saw(cluster: string, object: KubernetesObject): void {
    this.#seen.set(keyOf(this.#nameOf(cluster, refOf(object))), object);
  }

  /** An object was written that was there before, or was not (null). */
  wrote(cluster: string, before: KubernetesObject | null, after: KubernetesObject): void {
    const named = this.#nameOf(cluster, refOf(after));
    this.#seen.set(keyOf(named), after);
    const latest = this.#latest.get(keyOf(named));
    if (latest !== undefined && latest.action !== 'removed') {
      latest.after = objectDigest(after);
      return;
    }
    this.#add({
      action: before === null ? 'created' : 'changed',
      ...named,
      before: before === null ? null : objectDigest(before),
      after: objectDigest(after),
    });
  }

  /** An object was removed; asking again while its finalizers are at work is no second removal. */
  removed(cluster: string, ref: ObjectRef): void {
    const named = this.#nameOf(cluster, ref);
    if (this.#latest.get(keyOf(named))?.action === 'removed') return;
    const seen = this.#seen.get(keyOf(named));
    const before = seen === undefined ? null : objectDigest(seen);
    this.#add({ action: 'removed', ...named, before, after: null });
  }

  /** Everything so far, with a list of at most so many objects; null when nothing was written. */
  changes(listed: number): StepChanges | null {
    const counts = sumOfCounts([this.#unlisted, countsOf(this.#changes)]);
    const objects = this.#changes.slice(0, listed).map((change) => ({ ...change }));
    const total = countOf(counts);
    if (total === 0) return null;
    const cut = total - objects.length;
    return { ...counts, objects, ...(cut === 0 ? {} : { cut }) };
  }

  #nameOf(
    cluster: string,
    { apiVersion, kind, namespace, name }: ObjectRef,
  ): Pick<ObjectChange, 'cluster' | 'group' | 'kind' | 'name'> {
    const group = groupOf(apiVersion);
    return {
      cluster,
      ...(group === undefined ? {} : { group }),
      kind,
      name: namespace === undefined ? name : `${namespace}/${name}`,
    };
  }

  #add(change: ObjectChange): void {
    this.#changes.push(change);
    this.#latest.set(keyOf(change), change);
  }
}
