import type { CarriedQuarantine } from '../contract/carried-install.ts';
import type { ClusterStatus } from '../contract/mesh-status.ts';
import type { SetAside } from '../contract/operation-state.ts';
import type { ClusterFacts } from '../mesh/plan/cluster-facts.ts';

/** What an install knows of clusters that it goes on without. Owned by one workflow run, never at module level. */
export class AwayClusters implements SetAside {
  readonly #since = new Map<string, string>();
  readonly #before = new Map<string, ClusterFacts>();
  #lookingSince: string | null;
  #changedBefore: number;
  #isGracious = false;
  #isUsed: boolean;
  #version = 0;

  /** Begins with what an earlier run of the install knew. */
  constructor(carried?: CarriedQuarantine) {
    this.#isUsed = carried !== undefined;
    this.#lookingSince = carried?.lookingSince ?? null;
    this.#changedBefore = carried?.changedBefore ?? 0;
    for (const { name, since } of carried?.away ?? []) this.#since.set(name, since);
    this.keepBefore(carried?.before ?? []);
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Clusters that the plan leaves out, in the order of the file. */
  get names(): string[] {
    return [...this.#since.keys()];
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

  /** Leaves exactly these out from now on, those that are new since an ISO-8601 time. */
  leaveOut(clusters: readonly string[], since: string): void {
    const known = new Map(this.#since);
    this.#since.clear();
    for (const name of clusters) this.#since.set(name, known.get(name) ?? since);
    this.#version += 1;
  }

  /** ISO-8601 time since when clusters are looked at for a plan; null before the first look, and while what was planned runs. */
  get lookingSince(): string | null {
    return this.#lookingSince;
  }

  /** Looks are taken since an ISO-8601 time; null: their plan is there. */
  look(since: string | null): void {
    this.#lookingSince = since;
    this.#version += 1;
  }

  /** Whether clusters that have not answered still have time to: what is blocked then does not yet hold the install. */
  get isGracious(): boolean {
    return this.#isGracious;
  }

  /** Whether clusters may be left out in this run: in one that older code began, commands stay as they were. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** From now on clusters may be left out in this run. */
  use(): void {
    this.#isUsed = true;
  }

  /** Begins or ends the time in which clusters may still answer. */
  grant(isGracious: boolean): void {
    if (isGracious) this.use();
    if (isGracious === this.#isGracious) return;
    this.#isGracious = isGracious;
    this.#version += 1;
  }

  /** Says that the time is over, to whoever waits for a change. */
  timeIsOver(): void {
    this.#version += 1;
  }

  /** What was read from clusters before anything was made in them, as far as it was read again since. */
  get before(): ClusterFacts[] {
    return [...this.#before.values()];
  }

  /** Keeps what was read from clusters, unless something earlier is known: taking an install back goes by it. */
  keepBefore(facts: readonly ClusterFacts[]): void {
    for (const fact of facts)
      if (!this.#before.has(fact.cluster)) this.#before.set(fact.cluster, fact);
  }

  /** Objects that steps changed before they were planned again. */
  get changedBefore(): number {
    return this.#changedBefore;
  }

  /** Counts what a step changed that is planned again. */
  countBefore(changed: number): void {
    this.#changedBefore += changed;
  }

  /** What the next run must know; nothing when clusters were never left out. */
  carried(): { quarantine?: CarriedQuarantine } {
    if (!this.#isUsed) return {};
    return {
      quarantine: {
        away: [...this.#since].map(([name, since]) => ({ name, since })),
        before: this.before,
        changedBefore: this.#changedBefore,
        ...(this.#lookingSince === null ? {} : { lookingSince: this.#lookingSince }),
      },
    };
  }
}
