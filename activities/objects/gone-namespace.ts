import { isMeshFailure } from '../../mesh/failure.ts';
import type { MeshFailure } from '../../mesh/failure.ts';
import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';
import { deletedMeanwhile, isGone } from '../attempt/deleted-meanwhile.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** What the input of a step says of the mesh, where it says so. */
type OfMesh = { cluster?: ClusterRef; mesh?: string; namespace?: string };

/** What is told of a system namespace that somebody deleted in the middle of an operation. */
function goneNamespace(failed: MeshFailure, message: string, mesh?: string): MeshFailure {
  const lines = [
    'what was in it is gone as well; do not make it by hand: without its cacerts istiod would begin a root of its own',
  ];
  return deletedMeanwhile(message, { ...failed.details, lines }, { mesh, cause: failed });
}

/**
 * Runs a step of a kind and says of a system namespace that went away in the meantime what helps: made by hand it would lack everything that earlier steps
 * put into it, the CA first of all, and those are done. Only the next operation does them again. A wait that came to nothing looks whether that is why.
 * @throws {MeshFailure} DeletedMeanwhile, or what the step throws
 */
export async function tellingGoneNamespace<T>(
  ports: StepPorts,
  kind: string,
  input: object,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const { cluster, mesh, namespace } = input as OfMesh;
    if (!isMeshFailure(error) || namespace === undefined) throw error;
    if (error.type === 'NamespaceGone' && error.details.namespace === namespace)
      throw goneNamespace(error, error.message, mesh);
    const inVain = error.type === 'WaitTimedOut' || error.type === 'DeletedMeanwhile';
    if (!inVain || !kind.startsWith('await') || cluster === undefined) throw error;
    const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
    if (await isGone(ports.clusters.open(cluster), ref))
      throw goneNamespace(error, `${cluster.name}: there is no namespace ${namespace}`, mesh);
    throw error;
  }
}
