/**
 * How a followed object stands. `followed`: as it should be. `differs`: it should have other addresses. `kept`: an address vanished, so the
 * last good one stays. `absent`: it is not there (yet), or not ours. `unreachable`: its cluster, or the one that has the addresses, does not
 * answer. `blocked`: a person must do something first.
 */
export type TargetState = 'followed' | 'differs' | 'kept' | 'absent' | 'unreachable' | 'blocked';

/** What was read of a followed object and of what it should be. */
export type TargetReading = {
  /** Addresses it has, as lines for people; null when it is not there or not ours. */
  live: string[] | null;
  /** Addresses it should have; where nobody knows them, those that it has. */
  wanted: string[];
  /** Why some of `wanted` are only the last ones known; null when all are fresh. */
  vanished: string | null;
};

/** How a followed object was seen. */
export type TargetLook = {
  /** Target id. */
  target: string;
  /** How it stands. */
  state: TargetState;
  /** Addresses it has; empty when not known. */
  live: string[];
  /** Addresses it should have; empty when not known. */
  wanted: string[];
  /** Why it stands so; null when there is nothing to say. */
  reason: string | null;
};

/** Judges a reading. */
export function lookOf(target: string, { live, wanted, vanished }: TargetReading): TargetLook {
  if (live === null)
    return { target, state: 'absent', live: [], wanted, reason: 'it is not there, or not ours' };
  const state = sameLines(live, wanted) ? (vanished === null ? 'followed' : 'kept') : 'differs';
  return { target, state, live, wanted, reason: vanished };
}

/** Whether two lists of lines are the same, order included. */
export function sameLines(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}

/**
 * Whether a look tells something that is not known yet. A difference that could not be written (`blocked`, `unreachable`) is known as long as it
 * is the same one; why a cluster does not answer changes from try to try and tells nothing new.
 */
export function isNews(look: TargetLook, known: TargetLook | undefined): boolean {
  if (known === undefined) return true;
  switch (look.state) {
    case 'differs':
      return !(
        (known.state === 'blocked' || known.state === 'unreachable') &&
        sameLines(look.live, known.live) &&
        sameLines(look.wanted, known.wanted)
      );
    case 'followed':
      return known.state !== 'followed' || !sameLines(look.live, known.live);
    case 'kept':
      return (
        known.state !== 'kept' || !sameLines(look.live, known.live) || look.reason !== known.reason
      );
    default:
      return look.state !== known.state;
  }
}
