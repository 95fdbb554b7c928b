import type { X509Certificate } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import type { CacertsVerdict } from '../ports/certificate-authority.ts';
import { factsOf, parseCertificates } from './certificate-facts.ts';

/** Files istiod needs; since Istio 1.27 a missing one is fatal to it (`incomplete signing CA bundle`). */
const FILES = ['ca-cert.pem', 'ca-key.pem', 'root-cert.pem', 'cert-chain.pem'] as const;

/** Judges the files of a Secret `cacerts`; answers the first thing that would keep istiod or a peer from trusting it. */
export function verifyCacerts(files: { [file: string]: string | undefined }): CacertsVerdict {
  for (const file of FILES) {
    if ((files[file] ?? '').trim() === '') return refuse(file, 'missing or empty');
  }
  const parsed: { [file: string]: X509Certificate[] } = {};
  for (const file of ['ca-cert.pem', 'root-cert.pem', 'cert-chain.pem']) {
    try {
      parsed[file] = parseCertificates(files[file] ?? '');
    } catch {
      return refuse(file, 'holds a certificate that cannot be read');
    }
    if (parsed[file]?.length === 0) return refuse(file, 'holds no PEM certificate');
  }
  const intermediate = parsed['ca-cert.pem']?.[0] as X509Certificate;
  const own =
    judgeCa('ca-cert.pem', intermediate) ?? judgeKey(files['ca-key.pem'] ?? '', intermediate);
  if (own !== null) return own;
  const chain = parsed['cert-chain.pem'] ?? [];
  if (chain[0]?.fingerprint256 !== intermediate.fingerprint256) {
    return refuse('cert-chain.pem', 'does not start with the certificate of ca-cert.pem');
  }
  return findRoot(intermediate, chain, parsed['root-cert.pem'] ?? []);
}

/** Climbs from the intermediate to one of the roots; each climb uses up one certificate, so a loop ends. */
function findRoot(
  intermediate: X509Certificate,
  chain: X509Certificate[],
  roots: X509Certificate[],
): CacertsVerdict {
  let current = intermediate;
  for (let left = chain.length + 1; left > 0; left -= 1) {
    const lower = current;
    const root = roots.find((candidate) => signed(lower, candidate));
    if (root !== undefined) {
      return (
        judgeCa('root-cert.pem', root) ?? {
          ok: true,
          root: factsOf(root),
          intermediate: factsOf(intermediate),
        }
      );
    }
    const next = chain.find(
      (candidate) => candidate.fingerprint256 !== lower.fingerprint256 && signed(lower, candidate),
    );
    if (next === undefined) break;
    const wrong = judgeCa('cert-chain.pem', next);
    if (wrong !== null) return wrong;
    current = next;
  }
  return refuse(
    'cert-chain.pem',
    `does not lead from ${name(intermediate)} to a certificate of root-cert.pem`,
  );
}

function signed(subject: X509Certificate, issuer: X509Certificate): boolean {
  return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

function judgeCa(
  file: string,
  certificate: X509Certificate,
): (CacertsVerdict & { ok: false }) | null {
  if (!certificate.ca)
    return refuse(file, `${name(certificate)} may not sign certificates (no CA:TRUE)`);
  if (certificate.validToDate.getTime() <= Date.now()) {
    return refuse(file, `${name(certificate)} expired on ${certificate.validToDate.toISOString()}`);
  }
  if (certificate.validFromDate.getTime() > Date.now()) {
    return refuse(
      file,
      `${name(certificate)} is not valid before ${certificate.validFromDate.toISOString()}`,
    );
  }
  return null;
}

function judgeKey(
  keyPem: string,
  certificate: X509Certificate,
): (CacertsVerdict & { ok: false }) | null {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem))
      ? null
      : refuse('ca-key.pem', 'does not belong to ca-cert.pem');
  } catch {
    return refuse('ca-key.pem', 'cannot be read as a private key in PEM without a passphrase');
  }
}

function name(certificate: X509Certificate): string {
  return `"${certificate.subject.replaceAll('\n', ', ')}"`;
}

function refuse(file: string, reason: string): CacertsVerdict & { ok: false } {
  return { ok: false, reason: `${file}: ${reason}` };
}
