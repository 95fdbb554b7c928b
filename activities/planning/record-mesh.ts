import { meshRecordObject } from '../../mesh/istio/mesh-record.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/**
 * Makes `recordMesh`: lets every cluster remember which clusters the mesh has, so that one that leaves the file is found and cleaned.
 *
 * Idempotent: server-side apply of the same object; a second one changes nothing.
 * Heartbeats: every second.
 * Fails with: what requests fail with.
 */
export function createRecordMesh(
  ports: StepPorts,
): (input: StepInputs['recordMesh']) => Promise<StepOutcome> {
  return async ({ clusters, mesh, namespace, record }) => {
    const written = await boundedParallel(clusters, async (ref) => {
      const cluster = await ports.clusters.open(ref);
      return cluster.apply(meshRecordObject(mesh, namespace, record));
    });
    const changed = written.filter((one) => one.changed).length;
    return { changed, summary: `${record.members.length} clusters remembered` };
  };
}
