import { isMeshFailure } from '../../mesh/failure.ts';
import { clusterzStatus } from '../../mesh/istio/clusterz.ts';
import {
  istiodName,
  REVISION_LABEL,
  remoteSecretName,
  revisionLabelValue,
} from '../../mesh/istio/istio-names.ts';
import { isPodReady } from '../../mesh/istio/pod-trouble.ts';
import type { LimitedWait } from '../attempt/limited-wait.ts';
import type { Cluster } from '../ports/cluster.ts';

/** What a primary's istiod shall say of other clusters. */
export type RegistryLookup = {
  /** System namespace. */
  namespace: string;
  /** Revision; null for the default one. */
  revision: string | null;
  /** Names of the clusters. */
  clusters: readonly string[];
  /** State that is wanted of all of them; `absent` once their remote secrets are gone. */
  wanted: 'synced' | 'absent';
};

/** Pause between questions to istiod about its clusters; each starts a process in its container. */
const CLUSTERZ_EVERY_MS = 400;

/** What every ready istiod of a primary says of the clusters, as `pod says syncing of cluster2`; only what is not as wanted. */
export async function registryStates(primary: Cluster, lookup: RegistryLookup): Promise<string[]> {
  const { namespace, revision, clusters, wanted } = lookup;
  const labelSelector = `app=istiod,${REVISION_LABEL}=${revisionLabelValue(revision)}`;
  const pods = (
    await primary.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector })
  ).filter(isPodReady);
  if (pods.length === 0)
    return wanted === 'absent'
      ? []
      : [`no pod of ${istiodName(revision)} is ready in ${primary.name}`];
  const said = await Promise.all(
    pods.map(async ({ metadata: { name } }) => {
      const command = ['pilot-discovery', 'request', 'GET', '/debug/clusterz'];
      const answer = await primary.exec({ namespace, name, container: 'discovery' }, command, {
        timeoutMs: 10_000,
      });
      return clusters.map((cluster) => {
        const secret = `${namespace}/${remoteSecretName(cluster)}`;
        const status =
          answer.exitCode === 0
            ? clusterzStatus(answer.stdout, cluster, secret)
            : `exit ${answer.exitCode}`;
        return { name, cluster, status };
      });
    }),
  );
  return said
    .flat()
    .filter(({ status }) => status !== wanted)
    .map(({ name, cluster, status }) => `${name} says ${status} of ${cluster}`);
}

/** Waits until every ready istiod of a primary says of all the clusters what is wanted. */
export async function awaitRegistry(
  wait: LimitedWait,
  primary: Cluster,
  lookup: RegistryLookup,
): Promise<void> {
  for (;;) {
    try {
      const behind = await registryStates(primary, lookup);
      if (behind.length === 0) return;
      wait.reason(behind[0] ?? null);
    } catch (error) {
      if (!isMeshFailure(error) || error.type === 'Forbidden') throw error;
      wait.failed(error);
    }
    await wait.sleep(CLUSTERZ_EVERY_MS);
  }
}
