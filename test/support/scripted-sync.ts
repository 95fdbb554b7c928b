import { Context } from '@temporalio/activity';
import type {
  ApplyDriftInput,
  AwaitDriftInput,
  DriftWrite,
  SyncActivities,
} from '../../contract/mesh-sync.ts';
import type { FollowedTarget, FollowSpec } from '../../mesh/sync/followed-target.ts';
import type { TargetLook } from '../../mesh/sync/target-look.ts';

/** Activities of `syncMesh` that do what a test says and tell what was asked of them. */
export class ScriptedSync {
  readonly #watched: AwaitDriftInput[] = [];
  readonly #written: ApplyDriftInput[] = [];
  readonly #answers: TargetLook[][] = [];
  #waiting: (() => void) | null = null;
  #write: (input: ApplyDriftInput) => Partial<DriftWrite> = () => ({});

  /** Lets the watch that runs, or the next one, answer with these looks. */
  see(...looks: TargetLook[]): void {
    this.#answers.push(looks);
    this.#waiting?.();
  }

  /** Sets what writes come to; by default they write what is wanted. */
  onWrite(write: (input: ApplyDriftInput) => Partial<DriftWrite>): void {
    this.#write = write;
  }

  /** What was watched, the latest last. */
  watched(): readonly AwaitDriftInput[] {
    return this.#watched;
  }

  /** What was written, the latest last. */
  written(): readonly ApplyDriftInput[] {
    return this.#written;
  }

  /** The activities to register in a worker. */
  activities(): SyncActivities {
    return {
      awaitDrift: async (input) => {
        const context = Context.current();
        this.#watched.push(input);
        const beat = setInterval(() => context.heartbeat(), 250);
        try {
          if (this.#answers.length === 0)
            await Promise.race([
              new Promise<void>((resolve) => (this.#waiting = resolve)),
              context.cancelled,
            ]);
          return { looks: this.#answers.shift() ?? [] };
        } finally {
          clearInterval(beat);
        }
      },
      applyDrift: async (input) => {
        this.#written.push(input);
        const { target, seen, wanted } = input;
        const write = { target: target.id, before: seen, after: wanted, changed: true };
        return { ...write, reason: null, ...this.#write(input) };
      },
    };
  }
}

/** A target for tests: the slice of a remote of cluster1. */
export function aTarget(cluster = 'cluster2'): FollowedTarget {
  return {
    kind: 'discovery',
    id: `${cluster}/istiod-address`,
    cluster: { name: cluster, context: cluster },
    namespace: 'istio-system',
    revision: null,
    primary: { name: 'cluster1', context: 'cluster1' },
    discovery: 'gateway',
  };
}

/** What a mesh of cluster1 and its remotes follows. */
export function aFollowSpec(mesh: string, ...remotes: string[]): FollowSpec {
  const targets = remotes.map(aTarget);
  return { mesh, specDigest: 'digest', clusters: ['cluster1', ...remotes], targets };
}

/** A look at a remote whose istiod is where it was, or should be elsewhere. */
export function aTargetLook(
  live: string,
  wanted = live,
  more: Partial<TargetLook> = {},
): TargetLook {
  return {
    target: 'cluster2/istiod-address',
    state: live === wanted ? 'followed' : 'differs',
    live: [live],
    wanted: [wanted],
    reason: null,
    ...more,
  };
}
