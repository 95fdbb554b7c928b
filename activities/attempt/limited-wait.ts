import { AWAY, isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import { describeRef } from '../../mesh/kubernetes-object.ts';
import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { ActivityScope } from '../ports/activity-scope.ts';
import type { Cluster } from '../ports/cluster.ts';
import { deletedMeanwhile, isGone } from './deleted-meanwhile.ts';
import { pause } from './pause.ts';

/** What a wait waits for, how long, and what is worth knowing when it was in vain. */
export type WaitFor = {
  /** What is awaited, e.g. `address of Service istio-system/istio-eastwestgateway`. */
  what: string;
  /** Cluster it is awaited in; null for several. */
  cluster: string | null;
  /** Limit in milliseconds from `since`. */
  limitMs: number;
  /** When waiting began, ISO-8601. @default when the step was first scheduled, so that attempts share the limit */
  since?: string;
  /** What a person can do when it does not come. */
  cure: string;
  /** What a step before this one made and this one waits for; when it is gone in the end, nothing can come of it. @default nothing */
  made?: { cluster: Cluster; ref: ObjectRef };
  /** Lines for the failure, read when the limit has passed: events, pod reasons. */
  explain?: () => Promise<string[]>;
};

/** A running wait: what its steps use instead of bare watches and timers, so that all of them end with it. */
export type LimitedWait = {
  /** Aborts when the wait is over, whichever way. */
  readonly signal: AbortSignal;
  /** Says why it is not there yet. */
  reason: (text: string | null) => void;
  /** Says that asking failed, and what that means when it means something; while the cluster cannot be reached, the limit does not run. */
  failed: (failure: MeshFailure, meaning?: string) => void;
  /** Follows a watch until `done` answers something. */
  watch: <T>(
    cluster: Cluster,
    query: Parameters<Cluster['watchUntil']>[0],
    done: (objects: KubernetesObject[]) => T | undefined,
  ) => Promise<T>;
  /** Sleeps; ends early, by rejecting, when the wait is over. */
  sleep: (ms: number) => Promise<void>;
};

/** An attempt that begins after the limit (a worker long away) still looks this long before it gives up. */
const LEAST_LOOK_MS = 10_000;

/** Never seen outside: ends what a wait had under way when it is over. */
const OVER = new Error('the wait is over');

/** From when on a limit counts. */
type WaitClock = {
  /** Milliseconds that are left of the limit. */
  leftMs(): number;
  /** What a heartbeat says of the cluster's absence. */
  said(): { awayAt?: string };
  /** Notes that the cluster cannot be asked now. */
  away(): void;
};

function waitClock(scope: ActivityScope, { what, since, limitMs }: WaitFor): WaitClock {
  const begunMs = Date.parse(since ?? scope.scheduledAt);
  let awayAt = scope.awayAt(what);
  return {
    leftMs: () =>
      Math.max(begunMs, Date.parse(awayAt ?? '') || 0) + limitMs - Date.parse(scope.now()),
    said: () => (awayAt === null ? {} : { awayAt }),
    away: () => void (awayAt = scope.now()),
  };
}

function newWait(
  scope: ActivityScope,
  waitFor: WaitFor,
  clock: WaitClock,
  over: AbortSignal,
): LimitedWait & { latest(): string | null } {
  let latest: string | null = null;
  const reason = (text: string | null): void => {
    latest = text;
    scope.report({
      waitingFor: waitFor.what,
      reason: text,
      since: waitFor.since ?? scope.scheduledAt,
      ...clock.said(),
    });
  };
  return {
    signal: over,
    latest: () => latest,
    reason,
    failed({ type, message }, meaning) {
      if (type === 'ClusterUnreachable') clock.away();
      reason(meaning === undefined ? message : `${meaning}: ${message}`);
    },
    async watch<T>(
      cluster: Cluster,
      query: Parameters<Cluster['watchUntil']>[0],
      done: (objects: KubernetesObject[]) => T | undefined,
    ) {
      // The port's watch re-lists every 10 s at least, so an abandoned one notices soon that nobody waits any more.
      return cluster.watchUntil<T>(query, (objects) => {
        if (over.aborted) throw OVER;
        return done(objects);
      });
    },
    sleep: (ms) => pause(ms, over),
  };
}

/**
 * Runs a wait under a limit that counts from the step's first scheduling, and reports from the start what is awaited and since when. Time in which the
 * cluster is away uses none of it up: when it is back, its controllers have the whole limit again.
 * @throws MeshFailure WaitTimedOut with the last reason and the lines of `explain` when the limit passes, DeletedMeanwhile when `made` is gone then; whatever `run` throws; the scope's reason when cancelled.
 */
export async function limitedWait<T>(
  scope: ActivityScope,
  waitFor: WaitFor,
  run: (wait: LimitedWait) => Promise<T>,
): Promise<T> {
  // Whoever cancels is in no activity, so a listener could not ask the scope for its signal.
  const { signal } = scope;
  const over = new AbortController();
  const clock = waitClock(scope, waitFor);
  const wait = newWait(scope, waitFor, clock, over.signal);
  wait.reason(null);
  let timer: NodeJS.Timeout | undefined;
  let cancelled: (() => void) | undefined;
  const limit = new Promise<null>((resolve) => {
    const look = (): void => {
      const leftMs = clock.leftMs();
      if (leftMs <= 0) resolve(null);
      else timer = setTimeout(look, leftMs);
    };
    timer = setTimeout(look, Math.max(LEAST_LOOK_MS, clock.leftMs()));
  });
  const cancel = new Promise<never>((_, reject) => {
    cancelled = () => reject(signal.reason as Error);
    if (signal.aborted) cancelled();
    else signal.addEventListener('abort', cancelled, { once: true });
  });
  try {
    const outcome = await Promise.race([run(wait).then((value) => ({ value })), limit, cancel]);
    if (outcome !== null) return outcome.value;
  } catch (error) {
    if (isMeshFailure(error) && AWAY.has(error.type)) {
      clock.away();
      wait.reason(error.message);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    if (cancelled !== undefined) signal.removeEventListener('abort', cancelled);
    over.abort(OVER);
  }
  throw await timedOut(waitFor, wait.latest());
}

/** What went before is told first: what can be read at the end does not always say it again. */
function withReason(lines: readonly string[], latest: string | null): string[] {
  const again = latest === null || lines.some((line) => line.includes(latest));
  return again ? [...lines] : [latest, ...lines];
}

async function timedOut(waitFor: WaitFor, latest: string | null): Promise<MeshFailure> {
  let lines: string[] = [];
  try {
    lines = (await waitFor.explain?.()) ?? [];
  } catch (error) {
    if (!isMeshFailure(error)) throw error;
    lines = [error.message];
  }
  const message = `${waitFor.what} did not come within ${duration(waitFor.limitMs)}`;
  const details = {
    ...(waitFor.cluster === null ? {} : { cluster: waitFor.cluster }),
    cure: waitFor.cure,
    lines: withReason(lines, latest).slice(0, 10),
  };
  const { made } = waitFor;
  if (made !== undefined && (await isGone(made.cluster, made.ref)))
    return deletedMeanwhile(`${message}: ${describeRef(made.ref)} is not there`, details);
  return new MeshFailure('WaitTimedOut', message, details);
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 && seconds > 0 ? `${seconds / 60} min` : `${seconds} s`;
}
