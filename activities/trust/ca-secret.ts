import { MeshFailure } from '../../mesh/failure.ts';
import {
  CACERTS_SECRET,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MESH_LABEL,
} from '../../mesh/istio/istio-names.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import type { CertificateAuthority } from '../ports/certificate-authority.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import type { SigningCa } from '../ports/trust-store.ts';
import { encodeSecretData, secretData } from './secret-data.ts';

type Input = StepInputs['createCaSecret'];

/** Secret with the mesh's root CA in the home cluster, when the spec names one. */
export const ROOT_CA_SECRET = 'meshwright-root-ca';

function opaqueSecret(
  input: Input,
  name: string,
  data: { [key: string]: string },
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: input.namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [MESH_LABEL]: input.mesh },
    },
    type: 'Opaque',
    data: encodeSecretData(data),
  };
}

/** Reads the root from its home cluster, or creates it there when `authority` is given; of two that try at once the first one counts. */
async function rootAtHome(
  home: Cluster,
  input: Input,
  authority: CertificateAuthority | null,
): Promise<SigningCa | null> {
  const object = `Secret ${input.namespace}/${ROOT_CA_SECRET}`;
  let secret = await home.read({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: input.namespace,
    name: ROOT_CA_SECRET,
  });
  if (secret === null) {
    if (authority === null) return null;
    const { certPem, keyPem } = await authority.createRoot();
    secret = (
      await home.create(
        opaqueSecret(input, ROOT_CA_SECRET, { 'root-cert.pem': certPem, 'root-key.pem': keyPem }),
      )
    ).object;
  }
  const { 'root-cert.pem': certPem, 'root-key.pem': keyPem } = secretData(secret);
  if (certPem === undefined || keyPem === undefined) {
    throw new MeshFailure(
      'TrustMismatch',
      `${object} of ${home.name} lacks root-cert.pem or root-key.pem`,
      {
        cluster: home.name,
        object,
        cure: 'restore the Secret from a backup',
      },
    );
  }
  return { certPem, keyPem };
}

/** A root nobody has yet must not be made when clusters already trust another one. */
function refuseNewRoot(input: Input, where: string): MeshFailure {
  return new MeshFailure(
    'TrustMismatch',
    `clusters of mesh ${input.mesh} trust root ${input.rootFingerprint ?? ''}, whose key is not ${where}`,
    {
      cluster: input.cluster.name,
      cure: 'run the worker that made it, restore its trust directory, or create cacerts under that root by hand',
    },
  );
}

/** The root that signs for this mesh; null when there is none to compare with: the user brought every certificate. */
async function signingRoot(
  ports: StepPorts,
  input: Input,
  needed: boolean,
): Promise<SigningCa | null> {
  if (input.trust.source === 'existing') return null;
  const mayCreate = needed && input.rootFingerprint === null;
  let root: SigningCa | null;
  if (input.home !== null) {
    root = await rootAtHome(
      await ports.clusters.open(input.home),
      input,
      mayCreate ? ports.certificates : null,
    );
  } else {
    root = await ports.trustStore.readRoot(input.mesh);
    if (root === null && mayCreate)
      root = await ports.trustStore.keepRoot(input.mesh, await ports.certificates.createRoot());
  }
  if (root !== null || !needed) return root;
  throw refuseNewRoot(
    input,
    input.home === null ? 'on this worker' : `in cluster ${input.home.name}`,
  );
}

/** Judges the `cacerts` a cluster has; `root` is the mesh's, null when there is none to compare with. */
function judge(
  ports: StepPorts,
  input: Input,
  secret: KubernetesObject,
  root: SigningCa | null,
): StepOutcome {
  const object = `Secret ${input.namespace}/${CACERTS_SECRET}`;
  const verdict = ports.certificates.verifyCacerts(secretData(secret));
  if (!verdict.ok) {
    throw new MeshFailure(
      'TrustMismatch',
      `${object} of ${input.cluster.name} is not valid: ${verdict.reason}`,
      {
        cluster: input.cluster.name,
        object,
        cure: 'repair it, or delete it to have a new one made; it is never overwritten',
      },
    );
  }
  const expected =
    root === null ? null : ports.certificates.readCertificate(root.certPem).fingerprint;
  if (expected !== null && expected !== verdict.root.fingerprint) {
    throw new MeshFailure(
      'TrustMismatch',
      `${object} of ${input.cluster.name} has another root than the mesh`,
      {
        cluster: input.cluster.name,
        object,
        cure: 'bring all clusters under one root: trust.source existing with your own cacerts everywhere, or delete this one to have it made anew',
        lines: [
          `root of the cluster: ${verdict.root.fingerprint}`,
          `root of the mesh: ${expected}`,
        ],
      },
    );
  }
  return {
    changed: 0,
    summary: `cacerts kept, valid until ${verdict.intermediate.notAfter.slice(0, 10)}`,
  };
}

/**
 * Makes `createCaSecret`: Secret `cacerts` under the mesh's root, before istiod starts.
 *
 * Idempotent: create-only. An existing Secret is verified and kept, whoever made it; of two twins the first one's certificate counts.
 * Heartbeats: no; making a certificate takes milliseconds.
 * Fails with: TrustMismatch when existing certificates are invalid or under another root, PrecheckFailed when they should exist and do not.
 */
export function createCreateCaSecret(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const cluster = await ports.clusters.open(input.cluster);
    const existing = await cluster.read({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: input.namespace,
      name: CACERTS_SECRET,
    });
    const root = await signingRoot(ports, input, existing === null);
    if (existing !== null) return judge(ports, input, existing, root);
    if (root === null) {
      throw new MeshFailure(
        'PrecheckFailed',
        `${cluster.name} has no Secret ${input.namespace}/${CACERTS_SECRET}, and trust.source is existing`,
        {
          cluster: cluster.name,
          object: `Secret ${input.namespace}/${CACERTS_SECRET}`,
          cure: 'create it with ca-cert.pem, ca-key.pem, root-cert.pem and cert-chain.pem, then retry',
        },
      );
    }
    if (
      input.rootFingerprint !== null &&
      ports.certificates.readCertificate(root.certPem).fingerprint !== input.rootFingerprint
    ) {
      throw refuseNewRoot(
        input,
        input.home === null ? 'the one on this worker' : `the one in cluster ${input.home.name}`,
      );
    }
    const files = await ports.certificates.issueIntermediate(root, {
      cluster: cluster.name,
      namespace: input.namespace,
    });
    const { object, created } = await cluster.create(
      opaqueSecret(input, CACERTS_SECRET, { ...files }),
    );
    if (!created) return judge(ports, input, object, root);
    const { notAfter } = ports.certificates.readCertificate(files['ca-cert.pem']);
    return { changed: 1, summary: `cacerts created, valid until ${notAfter.slice(0, 10)}` };
  };
}
