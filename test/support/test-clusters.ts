import { openKubeContexts } from '../../activities/adapters/kube-contexts.ts';
import {
  type ClosableClusters,
  kubernetesClusters,
} from '../../activities/adapters/kubernetes-clusters.ts';
import type { WritePermit } from '../../activities/ports/write-permit.ts';
import { isMeshFailure, type MeshFailure } from '../../mesh/failure.ts';

/** Leave to write at any time, outside of activities. */
export const ALWAYS_PERMITTED: WritePermit = {
  confirmed: async () => undefined,
  holds: () => true,
};

/** Opens the real cluster adapter over a kubeconfig, outside of activities. */
export function testClusters(
  kubeconfig: string,
  signal: () => AbortSignal | undefined = () => undefined,
  permit: () => WritePermit = () => ALWAYS_PERMITTED,
): ClosableClusters {
  const contexts = openKubeContexts({ paths: [kubeconfig], allowedExec: [], inCluster: null });
  return kubernetesClusters(contexts, {}, signal, permit);
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
