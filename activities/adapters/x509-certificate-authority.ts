import 'reflect-metadata'; // must come before @peculiar/x509, whose decorators need it
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { CacertsFiles, CertificateAuthority } from '../ports/certificate-authority.ts';
import type { SigningCa } from '../ports/trust-store.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import { readCertificate } from './certificate-facts.ts';
import { verifyCacerts } from './verify-cacerts.ts';

/**
 * Ten years for root and intermediates, as `tools/certs` of Istio has it. istiod never renews a plugged-in CA, so a shorter
 * intermediate would stop a mesh on a day nobody watches; an intermediate never outlives its root.
 */
const VALIDITY_MS = 3_650 * 24 * 3_600_000;
/** Clocks of clusters differ; a certificate from the future is refused by every peer that is behind. Ten minutes and a margin: a plan warns of more. */
const BACKDATED_MS = 15 * 60_000;
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const USAGE =
  x509.KeyUsageFlags.digitalSignature |
  x509.KeyUsageFlags.nonRepudiation |
  x509.KeyUsageFlags.keyEncipherment |
  x509.KeyUsageFlags.keyCertSign;

/** Certificates with the fields of Istio's `tools/certs`, P-256 instead of RSA 4096 (istiod reads both). */
export const x509CertificateAuthority: CertificateAuthority = {
  createRoot,
  issueIntermediate,
  readCertificate,
  verifyCacerts,
};

async function createRoot(): Promise<SigningCa> {
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: [{ O: ['Istio'] }, { CN: ['Root CA'] }],
    notBefore: new Date(Date.now() - BACKDATED_MS),
    notAfter: new Date(Date.now() + VALIDITY_MS),
    signingAlgorithm: P256,
    keys,
    extensions: [
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(USAGE, true),
    ],
  });
  return { certPem: pemOf(certificate), keyPem: await exportKey(keys.privateKey) };
}

async function issueIntermediate(
  root: SigningCa,
  subject: { cluster: string; namespace: string },
): Promise<CacertsFiles> {
  const facts = readCertificate(root.certPem);
  if (Date.parse(facts.notAfter) <= Date.now()) {
    throw new MeshFailure(
      'TrustMismatch',
      `the root CA ${facts.fingerprint.slice(0, 16)} expired on ${facts.notAfter}`,
    );
  }
  const issuer = new x509.X509Certificate(root.certPem);
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: [{ O: ['Istio'] }, { CN: ['Intermediate CA'] }, { L: [subject.cluster] }],
    issuer: issuer.subjectName,
    notBefore: new Date(Date.now() - BACKDATED_MS),
    notAfter: new Date(Math.min(Date.now() + VALIDITY_MS, Date.parse(facts.notAfter))),
    signingAlgorithm: P256,
    publicKey: keys.publicKey,
    signingKey: await importSigningKey(root),
    extensions: [
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(USAGE, true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: `istiod.${subject.namespace}.svc` },
      ]),
    ],
  });
  const files: CacertsFiles = {
    'ca-cert.pem': pemOf(certificate),
    'ca-key.pem': await exportKey(keys.privateKey),
    'root-cert.pem': endLine(root.certPem),
    'cert-chain.pem': pemOf(certificate) + endLine(root.certPem),
  };
  const verdict = verifyCacerts(files);
  if (!verdict.ok)
    throw new MeshFailure(
      'TrustMismatch',
      `the root CA cannot sign for ${subject.cluster}: ${verdict.reason}`,
    );
  return files;
}

async function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
}

async function importSigningKey(root: SigningCa): Promise<webcrypto.CryptoKey> {
  try {
    const der = x509.PemConverter.decodeFirst(root.keyPem);
    return await webcrypto.subtle.importKey('pkcs8', der, P256, false, ['sign']);
  } catch (cause) {
    throw new MeshFailure(
      'TrustMismatch',
      "the root CA's key cannot be read; expected a P-256 key as PKCS#8 PEM",
      {},
      { cause },
    );
  }
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return endLine(
    x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY'),
  );
}

function pemOf(certificate: x509.X509Certificate): string {
  return endLine(certificate.toString('pem'));
}

function endLine(pem: string): string {
  return `${pem.trim()}\n`;
}

/** 16 random bytes, positive: RFC 5280 wants at most 20 octets and no sign. */
function randomSerial(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
