import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, PEM. */
export interface KeyPair {
  /** Certificate, PEM. */
  readonly cert: string;
  /** Private key, PKCS #8 in PEM. */
  readonly key: string;
}

/** Every key of one cluster. Kept below the sandbox's directory, which only its owner can read. */
export interface ClusterPki {
  /** Certificate of the cluster's CA. */
  readonly ca: KeyPair;
  /** The API server's serving certificate. */
  readonly apiServer: KeyPair;
  /** The kubelet's serving certificate. */
  readonly kubeletServer: KeyPair;
  /** Signs service account tokens; PEM private key, and its public part. */
  readonly serviceAccount: { readonly privateKey: string; readonly publicKey: string };
  /** Client certificates by component. */
  readonly clients: Readonly<Record<ClientName, KeyPair>>;
}

/** Who holds a client certificate. */
export type ClientName =
  | 'admin'
  | 'apiserver-kubelet'
  | 'controller-manager'
  | 'front-proxy-client'
  | 'kube-proxy'
  | 'kubelet'
  | 'scheduler';

/** What differs between two clusters' certificates. */
export interface PkiSubject {
  /** Name of the cluster. */
  readonly clusterName: string;
  /** Name of its Node object. */
  readonly nodeName: string;
  /** Address at which the API server is reached. */
  readonly nodeAddress: string;
  /** Address of Service `default/kubernetes`. */
  readonly kubernetesAddress: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const yearMs = 365 * 24 * 3600 * 1000;

/** Makes a CA and everything it signs for one cluster; valid for a year from an hour ago. */
export async function createClusterPki(subject: PkiSubject): Promise<ClusterPki> {
  const { nodeName, nodeAddress } = subject;
  const caKeys = await newKeys();
  const issuer = `CN=meshwright sandbox ${subject.clusterName}`;
  const sign = async (name: string, extensions: x509.Extension[], keys: webcrypto.CryptoKeyPair) =>
    x509.X509CertificateGenerator.create({
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex'),
      subject: name,
      issuer,
      notBefore: new Date(Date.now() - 3600_000),
      notAfter: new Date(Date.now() + yearMs),
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions,
    });
  const issue = async (
    name: string,
    usage: x509.ExtendedKeyUsage,
    names: x509.JsonGeneralNames,
  ) => {
    const keys = await newKeys();
    const extensions: x509.Extension[] = [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
    ];
    if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names));
    return {
      cert: (await sign(name, extensions, keys)).toString('pem'),
      key: await privatePem(keys),
    };
  };
  const client = (name: string) => issue(name, x509.ExtendedKeyUsage.clientAuth, []);
  const caCert = await sign(
    issuer,
    [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
    ],
    caKeys,
  );
  const serviceAccountKeys = await newKeys();
  const serverAuth = x509.ExtendedKeyUsage.serverAuth;
  return {
    ca: { cert: caCert.toString('pem'), key: await privatePem(caKeys) },
    apiServer: await issue('CN=kube-apiserver', serverAuth, apiServerNames(subject)),
    kubeletServer: await issue(`CN=${nodeName}`, serverAuth, [
      { type: 'ip', value: nodeAddress },
      { type: 'dns', value: nodeName },
    ]),
    serviceAccount: {
      privateKey: await privatePem(serviceAccountKeys),
      publicKey: pem(
        'PUBLIC KEY',
        await webcrypto.subtle.exportKey('spki', serviceAccountKeys.publicKey),
      ),
    },
    clients: {
      admin: await client('CN=sandbox-admin, O=system:masters'),
      'apiserver-kubelet': await client('CN=apiserver-kubelet-client, O=system:masters'),
      'controller-manager': await client('CN=system:kube-controller-manager'),
      'front-proxy-client': await client('CN=front-proxy-client'),
      scheduler: await client('CN=system:kube-scheduler'),
      kubelet: await client(`CN=system:node:${nodeName}, O=system:nodes`),
      'kube-proxy': await client('CN=system:kube-proxy'),
    },
  };
}

function apiServerNames({ clusterName, nodeName, nodeAddress, kubernetesAddress }: PkiSubject) {
  const names = ['localhost', clusterName, nodeName, 'kubernetes', 'kubernetes.default'];
  names.push('kubernetes.default.svc', 'kubernetes.default.svc.cluster.local');
  return [
    ...['127.0.0.1', nodeAddress, kubernetesAddress].map((value) => ({
      type: 'ip' as const,
      value,
    })),
    ...names.map((value) => ({ type: 'dns' as const, value })),
  ];
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ]) as Promise<webcrypto.CryptoKeyPair>;
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
}

function pem(label: string, data: ArrayBuffer): string {
  const lines =
    Buffer.from(data)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
