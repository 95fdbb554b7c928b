import type { AwaitDriftInput, DriftReport } from '../../contract/mesh-sync.ts';
import { Settling } from '../../mesh/sync/settling.ts';
import type { TargetLook } from '../../mesh/sync/target-look.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { rest } from '../attempt/pause.ts';
import { Bell } from './bell.ts';
import { knownClusters } from './known-clusters.ts';
import { watchTargets } from './target-watch.ts';

/** How often is asked whether an operation is still at work while something waits for its end, in milliseconds. */
const ASK_MS = 1_000;
/** What settles together is told together: a gateway that moves is news for all its remotes. In milliseconds. */
const GATHER_MS = 200;

/**
 * Makes `awaitDrift`: watches everything that a mesh's sync follows, and answers when something differs from what is known and stays so: at once
 * what is as it should be, after a hold what should have other addresses, after a longer one what is trouble. It begins when no operation is at work,
 * and while one is, what must be written waits.
 *
 * Idempotent: it only reads.
 * Heartbeats: every second, with what it watches, the worst trouble, or the operation it yields to.
 * Fails with: ApiUnavailable when Temporal does not answer; trouble with clusters is part of the answer.
 */
export function createAwaitDrift(
  ports: StepPorts,
): (input: AwaitDriftInput) => Promise<DriftReport> {
  return async (input) => {
    const { signal } = ports.scope();
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      const namespace = input.spec.targets[0]?.namespace ?? '';
      const known = { ...ports, clusters: knownClusters(ports.clusters, namespace) };
      const watch = new DriftWatch(known, input, either);
      const looks = await watch.news();
      signal.throwIfAborted();
      return { looks };
    } finally {
      over.abort();
    }
  };
}

class DriftWatch {
  readonly #ports: StepPorts;
  readonly #input: AwaitDriftInput;
  readonly #signal: AbortSignal;
  readonly #settling: Settling;
  readonly #bell = new Bell();
  readonly #since: string;
  readonly #limit: number;
  #defect: { error: unknown } | null = null;

  constructor(ports: StepPorts, input: AwaitDriftInput, signal: AbortSignal) {
    this.#ports = ports;
    this.#input = input;
    this.#signal = signal;
    this.#settling = new Settling(input.known, input.holds);
    this.#since = ports.scope().now();
    this.#limit = Date.now() + input.limitMs;
  }

  /** What is worth an answer; empty when the limit passed while an operation was at work, or nothing had settled. */
  async news(): Promise<TargetLook[]> {
    while (await this.#yields()) if (this.#isOver()) return [];
    const { spec } = this.#input;
    const ring = (): void => this.#bell.ring();
    watchTargets(this.#ports, spec.targets, this.#settling, ring, this.#signal).catch(
      (error: unknown) => {
        this.#defect = { error };
        ring();
      },
    );
    for (;;) {
      if (this.#defect !== null) throw this.#defect.error;
      const told = this.#isOver() ? this.#settling.settled(Date.now()) : await this.#gathered();
      const writes = told.some((look) => look.state === 'differs');
      const yields = writes && (await this.#yields());
      if (!yields && (told.length > 0 || this.#isOver())) return told;
      if (this.#isOver()) return [];
      if (yields) continue;
      this.#report(this.#worst());
      await this.#bell.sleep(this.#limit - Date.now(), this.#signal);
    }
  }

  /** What is news, and what becomes so a moment later. */
  async #gathered(): Promise<TargetLook[]> {
    if (this.#settling.news(Date.now()).length === 0) return [];
    await rest(GATHER_MS, this.#signal);
    return this.#settling.news(Date.now());
  }

  /** Whether an operation is at work; then a moment has passed, and it was said. */
  async #yields(): Promise<boolean> {
    const atWork = await this.#ports.operations.atWork(this.#input.spec.mesh);
    if (atWork === null) return false;
    this.#report(`yields to ${atWork}`);
    await rest(ASK_MS, this.#signal);
    return true;
  }

  #isOver(): boolean {
    return this.#signal.aborted || Date.now() >= this.#limit;
  }

  #report(reason: string | null): void {
    const { length } = this.#input.spec.targets;
    const waitingFor = `changes of ${length} object${length === 1 ? '' : 's'}`;
    this.#ports.scope().report({ waitingFor, reason, since: this.#since });
  }

  #worst(): string | null {
    const calm = new Set(['followed', 'differs']);
    const worst = this.#settling.all().find((look) => !calm.has(look.state));
    return worst === undefined ? null : `${worst.target} ${worst.state}: ${worst.reason ?? ''}`;
  }
}
