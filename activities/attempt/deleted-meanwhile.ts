import { isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import type { FailureDetails } from '../../mesh/failure.ts';
import type { ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { Cluster } from '../ports/cluster.ts';

/**
 * Whether an object is not there, which a step before this one made. It only explains another failure: where nobody can tell, it counts as there.
 */
export async function isGone(
  cluster: Cluster | Promise<Cluster>,
  ref: ObjectRef,
): Promise<boolean> {
  try {
    return (await (await cluster).read(ref)) === null;
  } catch (error) {
    if (!isMeshFailure(error)) throw error;
    return false;
  }
}

/**
 * The failure of a step that cannot go on because somebody deleted what a step before it had made; `message` says what is not there. That step is done, and only
 * the next operation does it again.
 */
export function deletedMeanwhile(
  message: string,
  details: FailureDetails,
  { mesh = 'MESH', cause }: { mesh?: string | undefined; cause?: unknown } = {},
): MeshFailure {
  return new MeshFailure(
    'DeletedMeanwhile',
    `${message}; a step before this one had made it, and somebody deleted it`,
    {
      ...details,
      cure: `begin anew: meshwright abort ${mesh} --reason "deleted" --yes --confirm ${mesh}, then the same command again, e.g. meshwright install -f FILE`,
    },
    { cause },
  );
}
