import type { KubernetesObject } from '../kubernetes-object.ts';
import { ownWords } from './own-words.ts';

/** Where the rollout of a Deployment stands. */
export type RolloutStatus =
  | {
      /** All replicas run the wanted template and serve. */
      state: 'done';
    }
  | {
      /** Not there yet. */
      state: 'waiting';
      /** What it stands at, e.g. `0 of 1 pods ready`. */
      reason: string;
      /** Whether the Deployment itself has given up (ProgressDeadlineExceeded). */
      gaveUp: boolean;
      /** Whether its pods are refused (ReplicaFailure); their controller then pauses ever longer, up to a quarter of an hour. */
      refused: boolean;
    };

type Deployment = {
  metadata: { generation?: number };
  spec?: { replicas?: number };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
};

/** Tells where the rollout of a Deployment stands, by the rules of `kubectl rollout status`. */
export function rolloutStatus(object: KubernetesObject | undefined): RolloutStatus {
  if (object === undefined)
    return {
      state: 'waiting',
      reason: 'the Deployment does not exist',
      gaveUp: false,
      refused: false,
    };
  const deployment = object as unknown as Deployment;
  const { status } = deployment;
  const waiting = (reason: string, gaveUp = false, refused = false): RolloutStatus => ({
    state: 'waiting',
    reason,
    gaveUp,
    refused,
  });
  if ((status?.observedGeneration ?? 0) < (deployment.metadata.generation ?? 1))
    return waiting('not seen by its controller yet');
  const conditions = status?.conditions ?? [];
  const progressing = conditions.find((condition) => condition.type === 'Progressing');
  const gaveUp = progressing?.reason === 'ProgressDeadlineExceeded';
  const refused = conditions.find(
    (condition) => condition.type === 'ReplicaFailure' && condition.status === 'True',
  );
  if (refused !== undefined)
    return waiting(
      `${refused.reason ?? 'pods refused'}: ${ownWords(refused.message)}`,
      gaveUp,
      true,
    );
  if (gaveUp) return waiting(progressing?.message ?? 'progress deadline exceeded', true);
  const wanted = deployment.spec?.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  const available = status?.availableReplicas ?? 0;
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods created`);
  if (available < wanted) return waiting(`${available} of ${wanted} pods ready`);
  if ((status?.replicas ?? 0) > updated)
    return waiting(`${(status?.replicas ?? 0) - updated} old pods still there`);
  return { state: 'done' };
}
