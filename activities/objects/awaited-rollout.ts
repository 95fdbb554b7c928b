import type { ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { Cluster } from '../ports/cluster.ts';

/** A Deployment whose rollout is awaited. */
export type Rollout = {
  /** Cluster it is in. */
  cluster: Cluster;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  deployment: string;
  /** Selector of its pods, for their reasons. */
  podSelector: string;
};

/** The Deployment itself. */
export function deploymentOf({
  namespace,
  deployment: name,
}: Rollout): ObjectRef & { namespace: string } {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };
}

/** Query of its pods. */
export function podsOf({ namespace, podSelector }: Rollout): {
  apiVersion: string;
  kind: string;
  namespace: string;
  labelSelector: string;
} {
  return { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: podSelector };
}
