import { followSpecOf } from '../sync/follow-spec.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { PlanStep } from './plan.ts';
import type { Topology } from './topology.ts';

/** Id of the step that hands over to the mesh's sync. */
export const FOLLOW_STEP_ID = 'mesh/follow';

/**
 * The step that hands over to the mesh's sync. It is in every plan, since a file with nothing to follow ends what an earlier one began; and it needs
 * nothing, since the sync yields to the install, and follows even when that is blocked half way.
 */
export function followStep(spec: MeshSpec, topology: Topology, specDigest: string): PlanStep {
  return {
    id: FOLLOW_STEP_ID,
    kind: 'followMesh',
    cluster: null,
    title: 'sync',
    needs: [],
    when: 'always',
    input: { spec: followSpecOf(spec, topology, specDigest) },
  };
}
