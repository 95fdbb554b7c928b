import { AWAY, isMeshFailure } from '../../mesh/failure.ts';
import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { pause } from '../attempt/pause.ts';
import type { ActivityScope } from '../ports/activity-scope.ts';

/** Why a cluster cannot be reached, when that is what an error says and it has said so for as long as the limit since the step was scheduled; else null. */
export function awayFor(scope: ActivityScope, limitMs: number, error: unknown): string | null {
  if (!isMeshFailure(error) || !AWAY.has(error.type)) return null;
  const sinceMs = Date.parse(scope.now()) - Date.parse(scope.scheduledAt);
  return sinceMs < limitMs ? null : error.message;
}

/** Pauses between tries, in milliseconds: as Temporal's own retries of a step are spaced. */
const PAUSE = { firstMs: 250, factor: 2, mostMs: 5_000 } as const;

type Removal = { cluster: ClusterRef; mesh: string; uid?: string | null; leaveAfterMs?: number };

/**
 * Runs a removal. Where there is a limit, a cluster that cannot be reached is tried again here, for as long as it has been away without a break, and
 * then left behind, so that those which wait for its removal can go on. Without a limit it fails, and is tried again like any other step.
 * `remove` says when it has reached the cluster: from there on being away begins anew.
 */
export async function removeOrLeave(
  scope: ActivityScope,
  input: Removal,
  remove: (reached: () => void) => Promise<StepOutcome>,
): Promise<StepOutcome> {
  const { cluster, mesh, uid = null, leaveAfterMs } = input;
  let away: { since: string; tries: number } | null = null;
  // A try against an API server that is frozen takes as long as its requests may; all that time the cluster is waited for.
  const reached = (): void => {
    if (away !== null) scope.report({ waitingFor: null, reason: null, since: null });
    away = null;
  };
  for (;;) {
    try {
      return await remove(reached);
    } catch (error) {
      if (leaveAfterMs === undefined || !isMeshFailure(error) || !AWAY.has(error.type)) throw error;
      const now = scope.now();
      away ??= { since: now, tries: 0 };
      if (Date.parse(now) - Date.parse(away.since) >= leaveAfterMs) {
        return {
          changed: 0,
          summary: `left behind, what is in it stays: ${error.message}`,
          leftBehind: {
            type: error.type,
            cure: `when the cluster can be reached again: meshwright uninstall ${mesh}`,
            cluster,
            uid,
          },
        };
      }
      const waitingFor = `API server of ${cluster.name}`;
      scope.report({ waitingFor, reason: error.message, since: away.since });
      const pauseMs = Math.min(PAUSE.firstMs * PAUSE.factor ** away.tries, PAUSE.mostMs);
      away = { ...away, tries: away.tries + 1 };
      await pause(pauseMs, scope.signal);
    }
  }
}
