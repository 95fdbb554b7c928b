import { isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import {
  MULTI_CLUSTER_LABEL,
  READER_TOKEN_SECRET,
  remoteSecretName,
} from '../../mesh/istio/istio-names.ts';
import {
  readerTokenSecret,
  type RemoteAccess,
  remoteKubeconfig,
  remoteSecret,
} from '../../mesh/istio/remote-secret.ts';
import { type KubernetesObject, refOf } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { isLoopbackServer } from '../../mesh/spec/api-server.ts';
import { withInventory } from '../planning/inventory.ts';
import { kubeconfigAccess } from './kubeconfig-access.ts';
import { type LimitedWait, limitedWait } from '../attempt/limited-wait.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { secretData } from '../trust/secret-data.ts';

type Input = StepInputs['createRemoteSecret'];

/**
 * How long Kubernetes may take to issue a token and to honour it and its role, in milliseconds; it is a second at most, unless the API server was away
 * before: controllers look again after up to a minute (client-go's reflectors back off to 30 s, doubled by chance).
 */
const TOKEN_LIMIT_MS = 120_000;
/** Pause between proofs of a fresh token. */
const PROOF_EVERY_MS = 200;

function refuseLoopback(remote: Cluster, server: string): void {
  if (!isLoopbackServer(server)) return;
  throw new MeshFailure(
    'PrecheckFailed',
    `the API server of ${remote.name} is ${server}, which its primary cannot reach`,
    {
      cluster: remote.name,
      cure: `set apiServer of ${remote.name} in the mesh file to the address that the other clusters reach`,
    },
  );
}

/** Creates the reader's token Secret unless it is there, and waits until Kubernetes has filled it in. */
async function readerToken(
  wait: LimitedWait,
  remote: Cluster,
  namespace: string,
): Promise<{ token: string; caData: string; created: boolean }> {
  const { created } = await remote.create(readerTokenSecret(namespace));
  const query = {
    apiVersion: 'v1',
    kind: 'Secret',
    namespace,
    fieldSelector: `metadata.name=${READER_TOKEN_SECRET}`,
  };
  const filled = await wait.watch(remote, query, ([secret]) => {
    const data = (secret as { data?: { [key: string]: string } } | undefined)?.data;
    const ca = data?.['ca.crt'];
    return data?.['token'] === undefined || ca === undefined || secret === undefined
      ? undefined
      : { secret, ca };
  });
  return { token: secretData(filled.secret)['token'] ?? '', caData: filled.ca, created };
}

/**
 * Proves a token, more than once while it is fresh: its account's role may take a moment to count. A cluster that is away meanwhile refuses nothing,
 * and fails the attempt.
 */
async function proveToken(wait: LimitedWait, remote: Cluster, token: string): Promise<void> {
  for (;;) {
    try {
      return await remote.proveToken(token);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      wait.reason(error.message);
    }
    await wait.sleep(PROOF_EVERY_MS);
  }
}

async function isProven(remote: Cluster, token: string): Promise<boolean> {
  try {
    await remote.proveToken(token);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

function isRefusal(error: unknown): error is MeshFailure {
  return isMeshFailure(error) && (error.type === 'Unauthorized' || error.type === 'Forbidden');
}

/** istiod takes the first Secret of a cluster and ignores a second one, so another one is a decision for a person. */
function refuseSecond(primary: Cluster, cluster: string, secrets: KubernetesObject[]): void {
  const second = secrets.find(
    (secret) => secret.metadata.name !== remoteSecretName(cluster) && cluster in secretData(secret),
  );
  if (second === undefined) return;
  const object = `Secret ${second.metadata.namespace ?? ''}/${second.metadata.name}`;
  throw new MeshFailure(
    'ForeignInstall',
    `${object} of ${primary.name} already registers cluster ${cluster}`,
    {
      cluster: primary.name,
      object,
      cure: 'delete it, or take its key out, then retry',
    },
  );
}

/** The remote secret that counts: what is there if it says the same with a token that works, else a new one. */
async function wantedSecret(
  ports: StepPorts,
  input: Input,
  clusters: { remote: Cluster; primary: Cluster },
): Promise<{ present: boolean; secret: KubernetesObject; created: boolean }> {
  const { remote, primary } = clusters;
  const { namespace } = input;
  const server = input.apiServer ?? remote.server;
  refuseLoopback(remote, server);
  const waitFor = {
    what: `token of ${READER_TOKEN_SECRET} in ${remote.name}`,
    cluster: remote.name,
    limitMs: TOKEN_LIMIT_MS,
    since: ports.scope().now(),
    cure: 'see whether the controller manager of that cluster runs, then retry',
  };
  return limitedWait(ports.scope(), waitFor, async (wait) => {
    const [secrets, { token, caData, created }] = await Promise.all([
      primary.list({
        apiVersion: 'v1',
        kind: 'Secret',
        namespace,
        labelSelector: `${MULTI_CLUSTER_LABEL}=true`,
      }),
      readerToken(wait, remote, namespace),
    ]);
    refuseSecond(primary, remote.name, secrets);
    const existing = secrets.find(
      (secret) => secret.metadata.name === remoteSecretName(remote.name),
    );
    const access =
      existing === undefined
        ? null
        : kubeconfigAccess(remote.name, secretData(existing)[remote.name]);
    if (
      existing !== undefined &&
      access?.server === server &&
      access.caData === caData &&
      (await isProven(remote, access.token))
    ) {
      return { present: true, secret: existing, created };
    }
    await proveToken(wait, remote, token);
    const wanted: RemoteAccess = { cluster: remote.name, server, caData, token };
    const encoded = Buffer.from(remoteKubeconfig(wanted), 'utf8').toString('base64');
    return { present: false, secret: remoteSecret(remote.name, namespace, encoded), created };
  });
}

/**
 * Makes `createRemoteSecret`: the Secret by which a primary's istiod reads a remote. The reader's token is proven before it is handed over:
 * one that does not work delays every start of istiod by 30 s.
 *
 * Idempotent: the token Secret is created only when absent; a remote secret with the same server, CA and a working token is never rewritten,
 * because istiod opens the cluster anew at every changed byte.
 * Heartbeats: every second.
 * Fails with: PrecheckFailed for a loopback server, ForeignInstall for a second secret, FieldConflict, WaitTimedOut, and what requests fail with.
 */
export function createCreateRemoteSecret(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const [remote, primary] = await Promise.all([
      ports.clusters.open(input.remote),
      ports.clusters.open(input.primary),
    ]);
    const { present, secret, created } = await wantedSecret(ports, input, { remote, primary });
    const component = {
      mesh: input.mesh,
      namespace: input.namespace,
      name: `remote-secret-${remote.name}`,
    };
    const { result: changed } = await withInventory(
      primary,
      component,
      [refOf(secret)],
      async () => (present ? false : (await primary.apply(secret)).changed),
    );
    const name = remoteSecretName(remote.name);
    return {
      changed: (changed ? 1 : 0) + (created ? 1 : 0),
      summary: present ? `${name} kept, its token works` : `${name} in ${primary.name}`,
    };
  };
}
