import { isNews, type TargetLook } from './target-look.ts';

/** How long a difference must stay the same before it is written, in milliseconds: what flaps is not followed. */
export const HOLD_MS = 1_500;
/** How long trouble must last before it is told, in milliseconds: an API server that restarts is no news. */
export const TROUBLE_HOLD_MS = 5_000;
/** Longest hold of a target that keeps changing, in milliseconds. */
const LONGEST_HOLD_MS = 60_000;
/** Writes within `CALM_MS` that are taken for what they are: a load balancer that moved, and moved again. */
const FREE_WRITES = 3;
/** After this long without writes a target counts as calm again, in milliseconds. */
export const CALM_MS = 10 * 60_000;

/** How long a target's next difference is held, by how often it was written within `CALM_MS`: slow flapping slows down further. */
export function holdAfter(recentWrites: number): number {
  return Math.min(HOLD_MS * 2 ** Math.max(0, recentWrites - FREE_WRITES), LONGEST_HOLD_MS);
}

/** Waits for what is seen of targets to stay the same; knows no clock, so times come in, in milliseconds. */
export class Settling {
  readonly #known: ReadonlyMap<string, TargetLook>;
  readonly #holds: { readonly [target: string]: number };
  readonly #seen = new Map<string, { look: TargetLook; since: number }>();

  /** Begins with what is known already and with holds that differ from `HOLD_MS`, by target id. */
  constructor(known: readonly TargetLook[], holds: { readonly [target: string]: number } = {}) {
    this.#known = new Map(known.map((look) => [look.target, look]));
    this.#holds = holds;
  }

  /** Takes a look; the same look again changes nothing. */
  see(look: TargetLook, now: number): void {
    const before = this.#seen.get(look.target);
    const since = before !== undefined && sameLook(before.look, look) ? before.since : now;
    this.#seen.set(look.target, { look, since });
  }

  /** What has stayed the same for long enough, in the order in which targets were first seen. */
  settled(now: number): TargetLook[] {
    return [...this.#seen.values()]
      .filter(({ look, since }) => now >= since + this.#hold(look))
      .map(({ look }) => look);
  }

  /** What has settled and is not known yet. */
  news(now: number): TargetLook[] {
    return this.settled(now).filter((look) => isNews(look, this.#known.get(look.target)));
  }

  /** When a target's news will have settled if nothing changes; null when it has none. */
  dueAt(target: string): number | null {
    const seen = this.#seen.get(target);
    if (seen === undefined || !isNews(seen.look, this.#known.get(target))) return null;
    return seen.since + this.#hold(seen.look);
  }

  /** Every target as last seen, settled or not. */
  all(): TargetLook[] {
    return [...this.#seen.values()].map(({ look }) => look);
  }

  #hold({ target, state }: TargetLook): number {
    if (state === 'followed') return 0;
    return state === 'differs' ? (this.#holds[target] ?? HOLD_MS) : TROUBLE_HOLD_MS;
  }
}

/** Whether two looks at a target see the same; what trouble says of itself may vary. */
function sameLook(one: TargetLook, other: TargetLook): boolean {
  const { reason: a, ...first } = one;
  const { reason: b, ...second } = other;
  const spoken = one.state === 'kept' && a !== b;
  return !spoken && JSON.stringify(first) === JSON.stringify(second);
}
