import { isMeshFailure, MeshFailure } from '../mesh/failure.ts';
import { clusterzStatus } from '../mesh/istio/clusterz.ts';
import {
  istiodName,
  REVISION_LABEL,
  remoteSecretName,
  revisionLabelValue,
} from '../mesh/istio/istio-names.ts';
import { isPodReady } from '../mesh/istio/pod-trouble.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { StepInputs } from '../mesh/plan/step-inputs.ts';
import { awaitInjector } from './injector-gate.ts';
import { kubeconfigAccess } from './kubeconfig-access.ts';
import { type LimitedWait, limitedWait } from './limited-wait.ts';
import type { Cluster } from './ports/cluster.ts';
import type { StepPorts } from './ports/step-ports.ts';
import { awaitRootCertificates, awaitWebhookBundle, meshRoot } from './root-distribution.ts';
import { secretData } from './secret-data.ts';

type Input = StepInputs['awaitClusterSync'];

/** Pause between questions to istiod about its clusters; each starts a process in its container. */
const CLUSTERZ_EVERY_MS = 400;

/** What every ready istiod of the primary says of the remote, as `pod: status`; those that do not say `synced`. */
async function unsynced(primary: Cluster, input: Input): Promise<string[]> {
  const { namespace, revision } = input;
  const labelSelector = `app=istiod,${REVISION_LABEL}=${revisionLabelValue(revision)}`;
  const pods = (
    await primary.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector })
  ).filter(isPodReady);
  if (pods.length === 0) return [`no pod of ${istiodName(revision)} is ready in ${primary.name}`];
  const secret = `${namespace}/${remoteSecretName(input.remote.name)}`;
  const said = await Promise.all(
    pods.map(async (pod) => {
      const { name } = pod.metadata;
      const command = ['pilot-discovery', 'request', 'GET', '/debug/clusterz'];
      const answer = await primary.exec({ namespace, name, container: 'discovery' }, command, {
        timeoutMs: 10_000,
      });
      if (answer.exitCode !== 0) return { name, status: `exit ${answer.exitCode}` };
      return { name, status: clusterzStatus(answer.stdout, input.remote.name, secret) };
    }),
  );
  return said
    .filter(({ status }) => status !== 'synced')
    .map(({ name, status }) => `${name} says ${status} of ${input.remote.name}`);
}

async function awaitSynced(wait: LimitedWait, primary: Cluster, input: Input): Promise<void> {
  for (;;) {
    try {
      const behind = await unsynced(primary, input);
      if (behind.length === 0) return;
      wait.reason(behind[0] ?? null);
    } catch (error) {
      if (!isMeshFailure(error) || error.type === 'Forbidden') throw error;
      wait.reason(error.message);
    }
    await wait.sleep(CLUSTERZ_EVERY_MS);
  }
}

/** `synced` outlives a revoked token until istiod restarts, so the token in the remote secret is tried itself. */
async function proveRemoteSecret(
  primary: Cluster,
  remote: Cluster,
  namespace: string,
): Promise<void> {
  const name = remoteSecretName(remote.name);
  const secret = await primary.read({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  const access = kubeconfigAccess(remote.name, secretData(secret)[remote.name]);
  const cure = `run install again: ${remote.name}'s remote secret is made anew when its token does not work`;
  if (access === null) {
    throw new MeshFailure(
      'CredentialRefused',
      `Secret ${namespace}/${name} of ${primary.name} holds no kubeconfig of ${remote.name}`,
      {
        cluster: primary.name,
        object: `Secret ${namespace}/${name}`,
        cure,
      },
    );
  }
  try {
    await remote.proveToken(access.token);
  } catch (error) {
    if (!isMeshFailure(error) || error.type !== 'Unauthorized') throw error;
    throw new MeshFailure(
      'CredentialRefused',
      `${remote.name} refuses the token in Secret ${namespace}/${name} of ${primary.name}`,
      {
        cluster: primary.name,
        object: `Secret ${namespace}/${name}`,
        cure,
      },
    );
  }
}

/**
 * Makes `awaitClusterSync`: waits until the primary's istiod serves the remote: synced on every replica, the remote's webhook carries the
 * mesh's root, so do its namespaces, and its injector answers. The parts are awaited side by side.
 *
 * Idempotent: it only reads, asks istiod inside its pods, and creates pods as dry runs.
 * Heartbeats: every second, with what is missing.
 * Fails with: CredentialRefused when the remote secret's token is dead, WaitTimedOut with what is missing, and what requests fail with.
 */
export function createAwaitClusterSync(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const { namespace, revision } = input;
    const [remote, primary] = await Promise.all([
      ports.clusters.open(input.remote),
      ports.clusters.open(input.primary),
    ]);
    const missing = new Set(['sync', 'webhook', 'injector', 'root certificates']);
    const waitFor = {
      what: `istiod of ${primary.name} to serve ${remote.name}`,
      cluster: remote.name,
      limitMs: input.limitMs,
      cure: `see what istiod says: kubectl --context ${input.primary.context} -n ${namespace} logs -l app=istiod --tail=50; then retry`,
      explain: async () => [
        `missing: ${[...missing].join(', ')}`,
        ...(missing.has('sync') ? await unsynced(primary, input) : []),
      ],
    };
    const part = async (name: string, work: Promise<void>): Promise<void> => {
      await work;
      missing.delete(name);
    };
    await limitedWait(ports.scope(), waitFor, async (wait) => {
      const root = meshRoot(wait, primary, namespace);
      const webhook = root.then((pem) =>
        awaitWebhookBundle(wait, remote, { namespace, revision, root: pem }),
      );
      await Promise.all([
        proveRemoteSecret(primary, remote, namespace),
        part('sync', awaitSynced(wait, primary, input)),
        part('webhook', webhook),
        part(
          'injector',
          webhook.then(() => awaitInjector(wait, remote, namespace, revision)),
        ),
        part(
          'root certificates',
          root.then((pem) =>
            awaitRootCertificates(wait, primary, remote, { namespace, revision, root: pem }),
          ),
        ),
      ]);
    });
    return { changed: 0, summary: `${remote.name} synced and injecting` };
  };
}
