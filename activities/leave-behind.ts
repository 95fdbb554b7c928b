import { isMeshFailure } from '../mesh/failure.ts';
import type { FailureType } from '../mesh/failure.ts';
import type { ClusterRef } from '../mesh/plan/cluster-ref.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { ActivityScope } from './ports/activity-scope.ts';

/** Failures that say nothing of a cluster but that it cannot be asked at the moment. */
const AWAY: ReadonlySet<FailureType> = new Set(['ClusterUnreachable', 'ApiUnavailable']);

/** Why a cluster cannot be reached, when that is what an error says and it has said so for as long as the limit since the step was scheduled; else null. */
export function awayFor(scope: ActivityScope, limitMs: number, error: unknown): string | null {
  if (!isMeshFailure(error) || !AWAY.has(error.type)) return null;
  const sinceMs = Date.parse(scope.now()) - Date.parse(scope.scheduledAt);
  return sinceMs < limitMs ? null : error.message;
}

/**
 * Runs a removal. A cluster that cannot be reached is tried again like in any other step, but where there is a limit, not beyond it: then it is left
 * behind, so that those which wait for its removal can go on.
 */
export async function removeOrLeave(
  scope: ActivityScope,
  input: { cluster: ClusterRef; mesh: string; uid?: string | null; leaveAfterMs?: number },
  remove: () => Promise<StepOutcome>,
): Promise<StepOutcome> {
  try {
    return await remove();
  } catch (error) {
    const { cluster, mesh, uid = null, leaveAfterMs } = input;
    if (leaveAfterMs === undefined || !isMeshFailure(error)) throw error;
    const why = awayFor(scope, leaveAfterMs, error);
    if (why === null) throw error;
    return {
      changed: 0,
      summary: `left behind, what is in it stays: ${why}`,
      leftBehind: {
        type: error.type,
        cure: `when the cluster can be reached again: meshwright uninstall ${mesh}`,
        cluster,
        uid,
      },
    };
  }
}
