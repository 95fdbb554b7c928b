import { rolloutStatus } from '../../mesh/istio/rollout-status.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { Cluster } from '../ports/cluster.ts';

/** A Deployment whose controllers may pause. */
type Asked = {
  /** Cluster it is in. */
  cluster: Cluster;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  deployment: string;
};

/** Annotation that a Deployment bears from being asked again until it is rolled out. */
const ASKED_AGAIN = 'meshwright.dev/asked-again';
const ASKING_MANAGER = 'meshwright-rollout';

/**
 * Lets pods that were refused (quota, PodSecurity, LimitRange) be made again at once. The controller of a ReplicaSet doubles its pause after each
 * refusal, up to a quarter of an hour (`client-go/util/workqueue`), so that what a person has repaired would go on as refused for that long. It looks
 * again whenever the ReplicaSet changes, and the Deployment's controller copies annotations to it (`deployment/util.SetNewReplicaSetAnnotations`).
 */
export async function askAgain({ cluster, namespace, deployment: name }: Asked): Promise<void> {
  const live = await cluster.read({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
  const status = rolloutStatus(live ?? undefined);
  if (live === null || status.state === 'done' || !status.refused) return;
  await annotate(cluster, live, { [ASKED_AGAIN]: live.metadata.resourceVersion ?? '' });
}

/** Takes back what `askAgain` wrote into a Deployment, where it did. */
export async function forgetAsking(cluster: Cluster, live: KubernetesObject): Promise<void> {
  if (live.metadata.annotations?.[ASKED_AGAIN] !== undefined) await annotate(cluster, live, {});
}

/** Not under the manager that applies the whole Deployment, which would take the rest of it away. */
async function annotate(
  cluster: Cluster,
  { apiVersion, kind, metadata: { name, namespace } }: KubernetesObject,
  annotations: { [key: string]: string },
): Promise<void> {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), annotations };
  await cluster.apply({ apiVersion, kind, metadata }, { fieldManager: ASKING_MANAGER });
}
