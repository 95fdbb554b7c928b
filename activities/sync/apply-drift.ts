import type { ApplyDriftInput, DriftWrite } from '../../contract/mesh-sync.ts';
import { sameLines } from '../../mesh/sync/target-look.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { knownClusters } from './known-clusters.ts';
import { readTarget } from './followed-kinds.ts';

/**
 * Makes `applyDrift`: writes one object that a mesh's sync follows. It reads everything anew and writes under the version it read; nothing is
 * written when the object is gone, when other addresses are right by now, or when an operation is at work.
 *
 * Idempotent: of two twins the second finds it written. What it had before is told by the reading, or by whoever saw the difference.
 * Heartbeats: no; a handful of requests.
 * Fails with: ConcurrentChange when somebody wrote in between, FieldConflict, Forbidden, PrecheckFailed when a context leads to another cluster of the mesh, and what
 * requests fail with.
 */
export function createApplyDrift(
  ports: StepPorts,
): (input: ApplyDriftInput) => Promise<DriftWrite> {
  return async ({ mesh, target, seen, wanted }) => {
    const clusters = knownClusters(ports.clusters, target.namespace);
    const reading = await readTarget({ ...ports, clusters }, target);
    const left = (after: string[], reason: string): DriftWrite => ({
      target: target.id,
      before: seen,
      after,
      changed: false,
      reason,
    });
    if (reading.live === null) return left(seen, 'it is not there any more, or not ours');
    if (sameLines(reading.live, wanted)) return left(wanted, 'it was written before');
    if (!sameLines(reading.wanted, wanted))
      return left(reading.live, `it should be ${reading.wanted.join(', ')} by now`);
    const atWork = await ports.operations.atWork(mesh);
    if (atWork !== null) return left(reading.live, `yields to ${atWork}`);
    await reading.write();
    return { target: target.id, before: reading.live, after: wanted, changed: true, reason: null };
  };
}
