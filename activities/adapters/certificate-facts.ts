import 'reflect-metadata'; // must come before @peculiar/x509, whose decorators need it
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { CertificateFacts } from '../ports/certificate-authority.ts';
import { MeshFailure } from '../../mesh/failure.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads every certificate of a PEM text, in order.
 * @throws Error when one of them cannot be read.
 */
export function parseCertificates(pem: string): X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
}

/**
 * Reads the facts of the first certificate of a PEM text.
 * @throws MeshFailure TrustMismatch when there is none or it cannot be read.
 */
export function readCertificate(pem: string): CertificateFacts {
  let first: X509Certificate | undefined;
  try {
    [first] = parseCertificates(pem);
  } catch (cause) {
    throw new MeshFailure('TrustMismatch', 'the certificate cannot be read', {}, { cause });
  }
  if (first === undefined)
    throw new MeshFailure('TrustMismatch', 'the text holds no PEM certificate');
  return factsOf(first);
}

/** Facts of a parsed certificate. */
export function factsOf(certificate: X509Certificate): CertificateFacts {
  const constraints = new x509.X509Certificate(certificate.raw).getExtension(
    x509.BasicConstraintsExtension,
  );
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    isCa: certificate.ca,
    pathLength: constraints?.pathLength ?? null,
    dnsNames: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter((name) => name.startsWith('DNS:'))
      .map((name) => name.slice('DNS:'.length)),
  };
}
