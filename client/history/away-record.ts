import type { CarriedQuarantine } from '../../contract/carried-install.ts';
import type { ClusterStatus } from '../../contract/mesh-status.ts';
import type { SetAside } from '../../contract/operation-state.ts';
import type { HistoryEvent } from './decode.ts';

/** What the events of an install tell of clusters that it goes on without. */
export class AwayRecord implements SetAside {
  #since = new Map<string, string>();
  #lookingSince: string | null;
  #isUsed: boolean;
  /** Timers under way, by the event that started them. */
  readonly #timers = new Set<string>();

  /** Begins with what an earlier run of the install knew. */
  constructor(carried?: CarriedQuarantine) {
    this.#isUsed = carried !== undefined;
    this.#lookingSince = carried?.lookingSince ?? null;
    for (const { name, since } of carried?.away ?? []) this.#since.set(name, since);
  }

  /** Whether the time in which clusters may still answer runs. */
  get isGracious(): boolean {
    return this.#timers.size > 0;
  }

  /** Whether clusters may be left out in this run. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** ISO-8601 time since when the cluster is away; undefined when the plan has it. */
  since(cluster: string): string | undefined {
    return this.#since.get(cluster);
  }

  /** What a status says of the cluster. */
  of(cluster: string): Pick<ClusterStatus, 'awaySince'> {
    const awaySince = this.#since.get(cluster);
    return awaySince === undefined ? {} : { awaySince };
  }

  /** A cluster was looked at, at an ISO-8601 time. */
  look(at: string): void {
    this.#lookingSince ??= at;
  }

  /** Plans without these clusters from an ISO-8601 time on; a plan that has them again ends that. */
  leaveOut(clusters: readonly string[], at: string): void {
    const before = this.#since;
    const since = this.#lookingSince ?? at;
    this.#since = new Map(clusters.map((name) => [name, before.get(name) ?? since]));
  }

  /** The plan is there. */
  planned(): void {
    this.#lookingSince = null;
  }

  /** From now on clusters may be left out in this run. */
  use(): void {
    this.#isUsed = true;
  }

  /** Takes an event of a timer: while clusters are looked at, an install that was not given up has no other than the one for them to answer. */
  take(event: HistoryEvent): void {
    if (event.timerStartedEventAttributes && this.#lookingSince !== null) {
      this.#timers.add(String(event.eventId));
      this.use();
    }
    const ended = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
    if (ended) this.#timers.delete(String(ended.startedEventId));
  }
}
