import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { NOTHING_TO_FOLLOW } from '../../mesh/sync/followed-target.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/**
 * Makes `followMesh`: hands over to the mesh's sync what must be followed from now on, and begins it when it does not run. A mesh with nothing to follow
 * ends a sync that an earlier file began.
 *
 * Idempotent: the same hand-over twice is no news to the sync.
 * Heartbeats: no; two questions to Temporal.
 * Fails with: ApiUnavailable when Temporal does not answer.
 */
export function createFollowMesh(
  ports: StepPorts,
): (input: StepInputs['followMesh']) => Promise<StepOutcome> {
  return async ({ spec }) => {
    const count = spec.targets.length;
    if (count === 0) {
      const ended = await ports.operations.endFollowing(spec);
      return { changed: 0, summary: `${NOTHING_TO_FOLLOW}${ended ? ' any more' : ''}` };
    }
    const how = await ports.operations.follow(spec);
    const objects = `${count} object${count === 1 ? '' : 's'}`;
    return {
      changed: 0,
      summary: how === 'begun' ? `follows ${objects}` : `goes on with ${objects}`,
    };
  };
}
