import { MeshFailure } from '../../mesh/failure.ts';
import { isPodReady, podTrouble } from '../../mesh/istio/pod-trouble.ts';
import { rolloutStatus } from '../../mesh/istio/rollout-status.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { LimitedWait } from '../attempt/limited-wait.ts';
import { askAgain, forgetAsking } from './ask-again.ts';
import { eventLines } from './object-events.ts';
import { deploymentOf, podsOf, type Rollout } from './awaited-rollout.ts';

/** How long a pod's fatal trouble (bad image, crash loop) must last until the rollout counts as failed; short blips heal. */
const FATAL_AFTER_MS = 30_000;

function troubleLines(pods: KubernetesObject[]): string[] {
  return pods.filter((pod) => !isPodReady(pod)).flatMap((pod) => podTrouble(pod)?.line ?? []);
}

function failed({ cluster, namespace, deployment }: Rollout, lines: string[]): MeshFailure {
  return new MeshFailure(
    'RolloutFailed',
    `Deployment ${namespace}/${deployment} of ${cluster.name} does not come up: ${lines[0] ?? 'no pod gets ready'}`,
    {
      cluster: cluster.name,
      object: `Deployment ${namespace}/${deployment}`,
      cure: 'repair what the pods complain about (image, registry, configuration), then retry',
      lines: lines.slice(0, 10),
    },
  );
}

/**
 * Follows the Deployment until it is rolled out, and answers it. One that gave up before goes on trying all the same, and comes up once its cause is gone: its
 * condition stays until a pod is there, and a retry would fail by it.
 */
function followDeployment(
  wait: LimitedWait,
  rollout: Rollout,
  latest: { pods: KubernetesObject[] },
): Promise<KubernetesObject> {
  const query = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: rollout.namespace,
    fieldSelector: `metadata.name=${rollout.deployment}`,
  };
  let wasGoing = false;
  return wait.watch(rollout.cluster, query, ([deployment]) => {
    const status = rolloutStatus(deployment);
    if (status.state === 'done') return deployment;
    const lines = troubleLines(latest.pods);
    wasGoing ||= !status.gaveUp;
    if (status.gaveUp && wasGoing) throw failed(rollout, [...lines, status.reason]);
    wait.reason(lines[0] ?? status.reason);
    return undefined;
  });
}

/** Follows the pods and fails when one is in fatal trouble for long. */
async function followPods(
  wait: LimitedWait,
  rollout: Rollout,
  latest: { pods: KubernetesObject[] },
): Promise<never> {
  let fatalSince: number | null = null;
  const lines = await wait.watch(rollout.cluster, podsOf(rollout), (pods) => {
    latest.pods = pods;
    const troubled = pods.filter(
      (pod) => pod.metadata.deletionTimestamp === undefined && !isPodReady(pod),
    );
    const first = troubled.map(podTrouble).find((trouble) => trouble !== null);
    if (first !== undefined) wait.reason(first.line);
    if (!troubled.some((pod) => podTrouble(pod)?.fatal === true)) {
      fatalSince = null;
      return undefined;
    }
    fatalSince ??= Date.now();
    return Date.now() - fatalSince >= FATAL_AFTER_MS ? troubleLines(pods) : undefined;
  });
  throw failed(rollout, lines);
}

/**
 * Waits until a Deployment is rolled out, with its pods' own words as reason meanwhile. Pods that were refused, or paused, before are asked for again at once.
 * @throws MeshFailure RolloutFailed when a pod stays in fatal trouble or the Deployment gives up meanwhile.
 */
export async function awaitRollout(wait: LimitedWait, rollout: Rollout): Promise<void> {
  const latest: { pods: KubernetesObject[] } = { pods: [] };
  await askAgain(rollout);
  const rolledOut = await Promise.race([
    followDeployment(wait, rollout, latest),
    followPods(wait, rollout, latest),
  ]);
  await forgetAsking(rollout.cluster, rolledOut);
}

/** Lines that explain a rollout that did not come: its pods' reasons, then the latest events of a pod without any. */
export async function explainRollout(rollout: Rollout): Promise<string[]> {
  const pods = await rollout.cluster.list(podsOf(rollout));
  const lines = troubleLines(pods);
  if (lines.length > 0) return lines;
  const pod = pods.find((candidate) => !isPodReady(candidate));
  if (pod === undefined) return eventLines(rollout.cluster, deploymentOf(rollout));
  return eventLines(rollout.cluster, {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: rollout.namespace,
    name: pod.metadata.name,
  });
}
