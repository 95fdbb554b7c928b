import { randomBytes } from 'node:crypto';
import { isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import { MESH_LABEL, ROOT_CERT_CONFIG_MAP } from '../../mesh/istio/istio-names.ts';
import { isPodReady, podTrouble } from '../../mesh/istio/pod-trouble.ts';
import {
  CLIENT_POD,
  ECHO_POD,
  verifyNamespace,
  VERIFY_RUN_LABEL,
  verifyWorkloads,
} from '../../mesh/istio/verify-objects.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyObjects } from '../objects/apply-objects.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { limitedWait, type LimitedWait } from '../attempt/limited-wait.ts';
import type { ActivityScope } from '../ports/activity-scope.ts';
import type { Cluster } from '../ports/cluster.ts';

type Input = StepInputs['verifyTraffic'];

/** Age from which a verification's namespace is nobody's any more: no verification lives that long. */
const STALE_AFTER_MS = 3_600_000;
/** How long a pod's fatal trouble must last until it counts. */
const FATAL_AFTER_MS = 30_000;

/** The namespace of one attempt: new in every attempt, because the last one's may still be going away. */
export function newVerifyNamespace(mesh: string): string {
  return `meshwright-verify-${mesh.slice(0, 36)}-${randomBytes(3).toString('hex')}`;
}

/** Value of the label that ties namespaces to the run, from the time it was scheduled. */
export function verifyRun(scheduledAt: string): string {
  return Date.parse(scheduledAt).toString(36);
}

/** Removes what earlier attempts of this run, or runs long dead, have left. */
export async function removeStaleNamespaces(
  cluster: Cluster,
  mesh: string,
  run: string,
  now: string,
): Promise<void> {
  const namespaces = await cluster.list({
    apiVersion: 'v1',
    kind: 'Namespace',
    labelSelector: `${VERIFY_RUN_LABEL},${MESH_LABEL}=${mesh}`,
  });
  for (const { metadata } of namespaces) {
    const age = Date.parse(now) - Date.parse(metadata.creationTimestamp ?? now);
    if (metadata.labels?.[VERIFY_RUN_LABEL] !== run && age < STALE_AFTER_MS) continue;
    if (metadata.deletionTimestamp === undefined)
      await cluster.remove({ apiVersion: 'v1', kind: 'Namespace', name: metadata.name });
  }
}

/** Waits until both pods of a cluster serve, with their own words as reason meanwhile. */
async function awaitPods(wait: LimitedWait, cluster: Cluster, namespace: string): Promise<void> {
  let fatalSince: number | null = null;
  await wait.watch(cluster, { apiVersion: 'v1', kind: 'Pod', namespace }, (pods) => {
    const wanted = [ECHO_POD, CLIENT_POD].map((name) =>
      pods.find((pod) => pod.metadata.name === name),
    );
    const pending = wanted.filter((pod) => pod === undefined || !isPodReady(pod));
    if (pending.length === 0) return true;
    const troubles = pending.flatMap((pod) => (pod === undefined ? [] : (podTrouble(pod) ?? [])));
    wait.reason(`${cluster.name}: ${troubles[0]?.line ?? `${2 - pending.length} of 2 pods ready`}`);
    if (!troubles.some((trouble) => trouble.fatal)) fatalSince = null;
    else if (Date.now() - (fatalSince ??= Date.now()) >= FATAL_AFTER_MS) {
      throw new MeshFailure(
        'RolloutFailed',
        `pods for the verification do not come up in ${cluster.name}: ${troubles[0]?.line ?? ''}`,
        {
          cluster: cluster.name,
          cure: 'set verify.image to an image with busybox that the clusters can pull, then retry',
          lines: troubles.map((trouble) => trouble.line).slice(0, 10),
        },
      );
    }
    return undefined;
  });
}

/** Brings up client and echo of one cluster, as soon as the mesh's root is there: pods that come earlier lose seconds on their mounts. */
export async function startWorkloads(
  wait: LimitedWait,
  cluster: Cluster,
  namespace: string,
  run: string,
  input: Input,
): Promise<void> {
  await cluster.apply(verifyNamespace(namespace, input.mesh, input.revision, run));
  const root = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace,
    fieldSelector: `metadata.name=${ROOT_CERT_CONFIG_MAP}`,
  };
  wait.reason(`${ROOT_CERT_CONFIG_MAP} is not in namespace ${namespace} of ${cluster.name} yet`);
  await wait.watch(cluster, root, (found) => (found.length > 0 ? true : undefined));
  await applyObjects(
    cluster,
    verifyWorkloads({ namespace, cluster: cluster.name, image: input.image }),
  );
  await awaitPods(wait, cluster, namespace);
}

/** Removes the namespace everywhere, also after a cancelled attempt; answers the first failure instead of throwing it. */
export async function removeNamespaces(
  clusters: Cluster[],
  namespace: string,
): Promise<MeshFailure | null> {
  const removed = await Promise.allSettled(
    clusters.map((cluster) =>
      cluster.remove(
        { apiVersion: 'v1', kind: 'Namespace', name: namespace },
        { evenIfCancelled: true },
      ),
    ),
  );
  for (const result of removed) {
    if (result.status === 'fulfilled') continue;
    if (!isMeshFailure(result.reason)) throw result.reason;
    return result.reason;
  }
  return null;
}

/** How long the namespaces of a verification may take to vanish; longer is the clusters' own business. */
const GONE_WITHIN_MS = 60_000;

/** Waits until a removed namespace is gone everywhere, so that whoever looks after a verification finds nothing of it. */
export async function awaitGone(
  scope: ActivityScope,
  clusters: Cluster[],
  namespace: string,
): Promise<void> {
  const waitFor = {
    what: `removal of namespace ${namespace}`,
    cluster: null,
    limitMs: GONE_WITHIN_MS,
    since: scope.now(),
    cure: `see which finalizers hold namespace ${namespace}, then retry`,
  };
  await limitedWait(scope, waitFor, async (wait) => {
    wait.reason(null);
    const query = {
      apiVersion: 'v1',
      kind: 'Namespace',
      fieldSelector: `metadata.name=${namespace}`,
    };
    await boundedParallel(clusters, (cluster) =>
      wait.watch(cluster, query, (found) => (found.length === 0 ? true : undefined)),
    );
  });
}
