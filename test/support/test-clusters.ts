import { openKubeContexts } from '../../activities/adapters/kube-contexts.ts';
import {
  type ClosableClusters,
  kubernetesClusters,
} from '../../activities/adapters/kubernetes-clusters.ts';
import { isMeshFailure, type MeshFailure } from '../../mesh/failure.ts';

/** Opens the real cluster adapter over a kubeconfig, outside of activities. */
export function testClusters(
  kubeconfig: string,
  signal: () => AbortSignal | undefined = () => undefined,
): ClosableClusters {
  const contexts = openKubeContexts({ paths: [kubeconfig], allowedExec: [], inCluster: null });
  return kubernetesClusters(contexts, {}, signal);
}

/** The MeshFailure a promise is rejected with; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<MeshFailure> {
  try {
    await work;
  } catch (error) {
    if (isMeshFailure(error)) return error;
    throw error;
  }
  throw new Error('nothing failed');
}
