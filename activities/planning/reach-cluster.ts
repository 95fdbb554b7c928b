import { AWAY, isMeshFailure } from '../../mesh/failure.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/**
 * Makes `reachCluster`: asks an API server for its version. Any answer will do, a refusal too: what is refused is told by the steps that need it.
 *
 * Idempotent: it only reads.
 * Heartbeats: every second.
 * Fails with: ClusterUnreachable and ApiUnavailable, for as long as the cluster is away.
 */
export function createReachCluster(
  ports: StepPorts,
): (input: StepInputs['reachCluster']) => Promise<StepOutcome> {
  return async (input) => {
    try {
      const cluster = await ports.clusters.open(input.cluster);
      return { changed: 0, summary: `answers, ${await cluster.version()}` };
    } catch (error) {
      if (!isMeshFailure(error) || AWAY.has(error.type)) throw error;
      return { changed: 0, summary: `answers: ${error.message}` };
    }
  };
}
