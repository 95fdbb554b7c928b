import { podTrouble } from '../../mesh/istio/pod-trouble.ts';
import { rolloutStatus } from '../../mesh/istio/rollout-status.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { Cluster } from '../ports/cluster.ts';
import { deploymentOf, podsOf, type Rollout } from './awaited-rollout.ts';
import { isOurs } from '../../mesh/field-managers.ts';

/** Annotation that a Deployment bears from being asked again until it is rolled out. */
const ASKED_AGAIN = 'meshwright.dev/asked-again';
const ASKING_MANAGER = 'meshwright-rollout';

/**
 * Lets what failed before this attempt be tried again at once: Kubernetes pauses ever longer after each failure, so that what a person has repaired
 * would go on as broken for minutes. A Deployment of somebody else, in a cluster that was made anew for instance, is left alone with its pods.
 */
export async function askAgain(rollout: Rollout): Promise<void> {
  const { cluster } = rollout;
  const live = await cluster.read(deploymentOf(rollout));
  if (live === null || !isOurs(live)) return;
  await Promise.all([askForRefusedPods(cluster, live), replacePausedPods(rollout)]);
}

/** Takes back what `askAgain` wrote into a Deployment, where it did; the copy in its ReplicaSet, which nobody of ours owns, goes with that. */
export async function forgetAsking(cluster: Cluster, live: KubernetesObject): Promise<void> {
  if (live.metadata.annotations?.[ASKED_AGAIN] !== undefined) await annotate(cluster, live, {});
}

/**
 * The controller of a ReplicaSet doubles its pause after each pod that was refused (quota, PodSecurity, LimitRange), up to a quarter of an hour
 * (`client-go/util/workqueue`). It looks again whenever the ReplicaSet changes, and the Deployment's controller copies annotations to it
 * (`deployment/util.SetNewReplicaSetAnnotations`).
 */
async function askForRefusedPods(cluster: Cluster, live: KubernetesObject): Promise<void> {
  const status = rolloutStatus(live);
  if (status.state === 'done' || !status.refused) return;
  await annotate(cluster, live, { [ASKED_AGAIN]: live.metadata.resourceVersion ?? '' });
}

/** The kubelet pauses up to five minutes between two pulls of an image or starts of a container; a new pod begins without a pause. */
async function replacePausedPods(rollout: Rollout): Promise<void> {
  const { cluster, namespace, deployment } = rollout;
  for (const pod of await cluster.list(podsOf(rollout))) {
    const { name, uid } = pod.metadata;
    if (!isOf(pod, deployment) || podTrouble(pod)?.paused !== true) continue;
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name };
    await cluster.remove(ref, uid === undefined ? {} : { uid });
  }
}

/** Whether a pod belongs to a ReplicaSet of the Deployment; labels alone may be those of a stranger. */
function isOf({ metadata: { ownerReferences = [] } }: KubernetesObject, name: string): boolean {
  return ownerReferences.some(
    (owner) => owner.kind === 'ReplicaSet' && owner.name.startsWith(`${name}-`),
  );
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
