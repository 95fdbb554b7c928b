import { isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** What the input of a step says of the mesh, where it says so. */
type OfMesh = { cluster?: ClusterRef; mesh?: string; namespace?: string };

/** What is told of a system namespace that somebody deleted in the middle of an operation. */
function goneNamespace(failed: MeshFailure, message: string, mesh = 'MESH'): MeshFailure {
  return new MeshFailure(
    'NamespaceGone',
    `${message}; a step before this one had made it, and somebody deleted it`,
    {
      ...failed.details,
      cure: `begin anew, for what was in it is gone as well: meshwright abort ${mesh} --reason "namespace deleted" --yes --confirm ${mesh}, then the same command again, e.g. meshwright install -f FILE`,
      lines: ['do not make it by hand: without its cacerts istiod would begin a root of its own'],
    },
    { cause: failed },
  );
}

async function isGone(ports: StepPorts, ref: ClusterRef, name: string): Promise<boolean> {
  try {
    const cluster = await ports.clusters.open(ref);
    return (await cluster.read({ apiVersion: 'v1', kind: 'Namespace', name })) === null;
  } catch (error) {
    // It only explains another failure.
    if (!isMeshFailure(error)) throw error;
    return false;
  }
}

/**
 * Runs a step of a kind and says of a system namespace that went away in the meantime what helps: made by hand it would lack everything that earlier steps
 * put into it, the CA first of all, and those are done. Only the next operation does them again. A wait that came to nothing looks whether that is why.
 * @throws {MeshFailure} what the step throws
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
    const isWait = error.type === 'WaitTimedOut' && kind.startsWith('await');
    if (isWait && cluster !== undefined && (await isGone(ports, cluster, namespace)))
      throw goneNamespace(error, `${cluster.name}: there is no namespace ${namespace}`, mesh);
    throw error;
  }
}
