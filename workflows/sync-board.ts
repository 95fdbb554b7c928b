import type {
  CarriedSync,
  DriftWrite,
  SyncChange,
  SyncInput,
  SyncStatus,
  SyncTarget,
} from '../contract/mesh-sync.ts';
import type { FollowedTarget, FollowSpec } from '../mesh/sync/followed-target.ts';
import { TARGET_TITLES } from '../mesh/sync/followed-target.ts';
import { CALM_MS, holdAfter, HOLD_MS } from '../mesh/sync/settling.ts';
import { sameLines, type TargetLook } from '../mesh/sync/target-look.ts';

/** Changes that a status tells and that one run hands to the next; all of them are in the histories. */
const KEPT_CHANGES = 50;

/** What is known of the objects that a mesh's sync follows. */
export class SyncBoard {
  readonly #since: string;
  #spec: FollowSpec;
  #targets: Map<string, SyncTarget>;
  #changes: SyncChange[];
  #written: number;
  #trouble: string | null = null;

  /** Begins where an earlier run ended, or at an ISO-8601 time with nothing known. */
  constructor({ spec, carried }: SyncInput, now: string) {
    this.#spec = spec;
    this.#since = carried?.since ?? now;
    this.#targets = new Map((carried?.targets ?? []).map((target) => [target.target, target]));
    this.#changes = [...(carried?.changes ?? [])];
    this.#written = carried?.written ?? 0;
  }

  /** What is followed. */
  spec(): FollowSpec {
    return this.#spec;
  }

  /** Follows something else from now on; what is known of targets that stay the same remains. False when nothing is new. */
  follow(spec: FollowSpec): boolean {
    const before = this.#spec;
    this.#spec = spec;
    const stays = (id: string): boolean =>
      sameJson(targetOf(before, id), targetOf(spec, id)) && targetOf(spec, id) !== undefined;
    this.#targets = new Map([...this.#targets].filter(([id]) => stays(id)));
    return !sameJson(before, spec);
  }

  /** Takes what was seen. Something that could not be written stays so until it can. */
  take(look: TargetLook, now: string): void {
    const target = targetOf(this.#spec, look.target);
    if (target === undefined) return;
    const before = this.#targets.get(look.target);
    const failedBefore =
      look.state === 'differs' &&
      before?.failure != null &&
      sameLines(before.wanted, look.wanted) &&
      sameLines(before.live, look.live);
    if (failedBefore) return;
    this.#put(target, look, null, now);
  }

  /** Takes what became of the write of a difference. */
  wrote({ wanted }: TargetLook, write: DriftWrite, now: string): void {
    const target = targetOf(this.#spec, write.target);
    if (target === undefined) return;
    const { before, after, reason } = write;
    if (!sameLines(before, after)) {
      const { cluster, title } = namesOf(target);
      this.#changes.push({ target: target.id, cluster, title, before, after, at: now });
      this.#changes = this.#changes.slice(-KEPT_CHANGES);
      this.#written += 1;
    }
    const state = sameLines(after, wanted) ? 'followed' : 'differs';
    const look = { target: target.id, live: after, wanted, reason };
    this.#put(target, { ...look, state, reason: state === 'followed' ? null : reason }, null, now);
  }

  /** Takes why an object could not be written. */
  failed(
    look: TargetLook,
    state: 'blocked' | 'unreachable',
    failure: { type: string; message: string },
    now: string,
  ): void {
    const target = targetOf(this.#spec, look.target);
    if (target === undefined) return;
    this.#put(target, { ...look, state, reason: failure.message }, failure.type, now);
  }

  /** Says why looking itself fails; null when it does not. */
  troubled(trouble: string | null): void {
    this.#trouble = trouble;
  }

  /** Targets as last seen. */
  known(): TargetLook[] {
    return this.#shown().map(({ target, state, live, wanted, reason }) => ({
      target,
      state,
      live,
      wanted,
      reason,
    }));
  }

  /** Whether something could not be written and is to be tried again. */
  hasFailed(): boolean {
    return this.#shown().some((target) => target.failure !== null);
  }

  /** How long each target's next difference is held, where that is longer than usual. */
  holds(now: string): { [target: string]: number } {
    const calm = Date.parse(now) - CALM_MS;
    const recent = this.#changes.filter((change) => Date.parse(change.at) > calm);
    const holds = this.#spec.targets.map(({ id }): [string, number] => [
      id,
      holdAfter(recent.filter((change) => change.target === id).length),
    ]);
    return Object.fromEntries(holds.filter(([, hold]) => hold > HOLD_MS));
  }

  /** Where everything stands. */
  status(): SyncStatus {
    const targets = this.#shown();
    return {
      mesh: this.#spec.mesh,
      state: targets.some((target) => target.state === 'blocked') ? 'blocked' : 'following',
      since: this.#since,
      specDigest: this.#spec.specDigest,
      targets,
      changes: this.#changes,
      written: this.#written,
      trouble: this.#trouble,
    };
  }

  /** What the next run must know. */
  carried(): CarriedSync {
    const { since, targets, changes, written } = this.status();
    return { since, targets, changes, written };
  }

  #shown(): SyncTarget[] {
    return this.#spec.targets.flatMap(({ id }) => this.#targets.get(id) ?? []);
  }

  #put(target: FollowedTarget, look: TargetLook, failure: string | null, now: string): void {
    const before = this.#targets.get(target.id);
    const since = before?.state === look.state ? before.since : now;
    this.#targets.set(target.id, { ...look, ...namesOf(target), since, failure });
  }
}

/** The target of an id; undefined when it is not followed (any more). */
export function targetOf(spec: FollowSpec, id: string): FollowedTarget | undefined {
  return spec.targets.find((target) => target.id === id);
}

/** How a target is shown. */
export function namesOf({ cluster, kind }: FollowedTarget): { cluster: string; title: string } {
  return { cluster: cluster.name, title: TARGET_TITLES[kind] };
}

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
