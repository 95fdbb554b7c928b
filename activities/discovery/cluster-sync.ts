import { isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import { remoteSecretName } from '../../mesh/istio/istio-names.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { awaitInjector } from '../control-plane/injector-gate.ts';
import { kubeconfigAccess } from './kubeconfig-access.ts';
import {
  awaitRegistry,
  registryStates,
  type RegistryLookup,
} from '../control-plane/istiod-registry.ts';
import { deletedMeanwhile } from '../attempt/deleted-meanwhile.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { awaitRootCertificates, awaitWebhookBundle, meshRoot } from '../trust/root-distribution.ts';
import { secretData } from '../trust/secret-data.ts';

type Input = StepInputs['awaitClusterSync'];

/** `synced` outlives a revoked token until istiod restarts, so the token in the remote secret is tried itself. */
async function proveRemoteSecret(
  primary: Cluster,
  remote: Cluster,
  namespace: string,
): Promise<void> {
  const name = remoteSecretName(remote.name);
  const secret = await primary.read({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  const object = `Secret ${namespace}/${name}`;
  if (secret === null)
    throw deletedMeanwhile(`${primary.name} has no ${object}`, { cluster: primary.name, object });
  const access = kubeconfigAccess(remote.name, secretData(secret)[remote.name]);
  const cure = `end this operation (abort), and install again: ${remote.name}'s remote secret is made anew when its token does not work`;
  if (access === null) {
    throw new MeshFailure(
      'CredentialRefused',
      `${object} of ${primary.name} holds no kubeconfig of ${remote.name}`,
      {
        cluster: primary.name,
        object,
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
      `${remote.name} refuses the token in ${object} of ${primary.name}`,
      {
        cluster: primary.name,
        object,
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
 * Fails with: CredentialRefused when the remote secret's token is dead, DeletedMeanwhile when there is no such Secret, WaitTimedOut with what is missing, and what requests fail with.
 */
export function createAwaitClusterSync(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const { namespace, revision } = input;
    const [remote, primary] = await Promise.all([
      ports.clusters.open(input.remote),
      ports.clusters.open(input.primary),
    ]);
    const registry: RegistryLookup = {
      namespace,
      revision,
      clusters: [remote.name],
      wanted: 'synced',
    };
    const missing = new Set(['sync', 'webhook', 'injector', 'root certificates']);
    const waitFor = {
      what: `istiod of ${primary.name} to serve ${remote.name}`,
      cluster: remote.name,
      limitMs: input.limitMs,
      cure: `see what istiod says: kubectl --context ${input.primary.context} -n ${namespace} logs -l app=istiod --tail=50; then retry`,
      explain: async () => [
        `missing: ${[...missing].join(', ')}`,
        ...(missing.has('sync') ? await registryStates(primary, registry) : []),
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
        part('sync', awaitRegistry(wait, primary, registry)),
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
