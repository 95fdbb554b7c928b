import { beforeAll, describe, expect, test } from '@jest/globals';
import { x509CertificateAuthority as ca } from '../../../../activities/adapters/x509-certificate-authority.ts';
import type { CacertsFiles } from '../../../../activities/ports/certificate-authority.ts';
import type { SigningCa } from '../../../../activities/ports/trust-store.ts';
import { createTestCa } from '../../../support/test-ca.ts';
import { failureOf } from '../../../support/test-clusters.ts';

let root: SigningCa;
let files: CacertsFiles;
let others: CacertsFiles;

beforeAll(async () => {
  root = await ca.createRoot();
  files = await ca.issueIntermediate(root, { cluster: 'east', namespace: 'istio-system' });
  others = await ca.issueIntermediate(await ca.createRoot(), {
    cluster: 'east',
    namespace: 'istio-system',
  });
});

const TEN_YEARS_MS = 3_650 * 24 * 3_600_000;

test('a root has the fields of Istio’s certificate guide', () => {
  const facts = ca.readCertificate(root.certPem);
  expect(facts).toMatchObject({
    subject: 'O=Istio, CN=Root CA',
    issuer: 'O=Istio, CN=Root CA',
    isCa: true,
    pathLength: null,
  });
  expect(Math.abs(Date.parse(facts.notAfter) - Date.now() - TEN_YEARS_MS)).toBeLessThan(60_000);
});

test('an intermediate has the fields of Istio’s certificate guide and does not outlive its root', () => {
  const facts = ca.readCertificate(files['ca-cert.pem']);
  expect(facts).toMatchObject({
    subject: 'O=Istio, CN=Intermediate CA, L=east',
    issuer: 'O=Istio, CN=Root CA',
    isCa: true,
    pathLength: 0,
    dnsNames: ['istiod.istio-system.svc'],
  });
  expect(Date.parse(facts.notAfter)).toBeLessThanOrEqual(
    Date.parse(ca.readCertificate(root.certPem).notAfter),
  );
});

test('root and intermediate are valid for clocks that are ten minutes behind', () => {
  for (const pem of [root.certPem, files['ca-cert.pem']])
    expect(Date.parse(ca.readCertificate(pem).notBefore)).toBeLessThan(Date.now() - 600_000);
});

test('a bundle made by us is judged good and leads to its root', () => {
  const verdict = ca.verifyCacerts(files);
  expect(verdict).toMatchObject({
    ok: true,
    root: { fingerprint: ca.readCertificate(root.certPem).fingerprint },
  });
});

test('while a rotation is under way the root that is led to is found among several', () => {
  const both = `${others['root-cert.pem']}${files['root-cert.pem']}`;
  expect(ca.verifyCacerts({ ...files, 'root-cert.pem': both })).toMatchObject({
    ok: true,
    root: { fingerprint: ca.readCertificate(root.certPem).fingerprint },
  });
});

describe('a bundle is refused with its first fault', () => {
  const cases: [string, () => { [file: string]: string | undefined }, string][] = [
    [
      'a file is missing',
      () => ({ ...files, 'cert-chain.pem': undefined }),
      'cert-chain.pem: missing or empty',
    ],
    ['a file is empty', () => ({ ...files, 'ca-key.pem': '\n' }), 'ca-key.pem: missing or empty'],
    [
      'the key is another’s',
      () => ({ ...files, 'ca-key.pem': others['ca-key.pem'] }),
      'ca-key.pem: does not belong to ca-cert.pem',
    ],
    [
      'the key is none',
      () => ({ ...files, 'ca-key.pem': 'nonsense' }),
      'ca-key.pem: cannot be read as a private key',
    ],
    [
      'the root is another',
      () => ({ ...files, 'root-cert.pem': others['root-cert.pem'] }),
      'cert-chain.pem: does not lead from "O=Istio, CN=Intermediate CA, L=east"',
    ],
    [
      'the chain is another’s',
      () => ({ ...files, 'cert-chain.pem': others['cert-chain.pem'] }),
      'cert-chain.pem: does not start with the certificate of ca-cert.pem',
    ],
    [
      'a certificate is none',
      () => ({ ...files, 'ca-cert.pem': 'nonsense' }),
      'ca-cert.pem: holds no PEM certificate',
    ],
    [
      'a certificate is damaged',
      () => ({ ...files, 'ca-cert.pem': files['ca-cert.pem'].replace(/\n.{64}\n/, '\n') }),
      'ca-cert.pem: holds a certificate that cannot be read',
    ],
  ];
  test.each(cases)('%s', (_, bundle, reason) => {
    const verdict = ca.verifyCacerts(bundle());
    expect(verdict.ok ? 'ok' : verdict.reason).toContain(reason);
  });

  test('the certificate may not sign', async () => {
    const testCa = await createTestCa();
    const leaf = await testCa.issue({ commonName: 'leaf' });
    const verdict = ca.verifyCacerts({
      'ca-cert.pem': leaf.certPem,
      'ca-key.pem': leaf.keyPem,
      'root-cert.pem': testCa.certPem,
      'cert-chain.pem': leaf.certPem,
    });
    expect(verdict).toEqual({
      ok: false,
      reason: 'ca-cert.pem: "CN=leaf" may not sign certificates (no CA:TRUE)',
    });
  });
});

test('a root whose key is another’s cannot sign', async () => {
  const mixed = { certPem: root.certPem, keyPem: (await ca.createRoot()).keyPem };
  const failure = await failureOf(
    ca.issueIntermediate(mixed, { cluster: 'east', namespace: 'istio-system' }),
  );
  expect(failure.type).toBe('TrustMismatch');
  expect(JSON.stringify([failure.message, failure.details])).not.toContain('PRIVATE KEY');
});

test('reading what is no certificate is a TrustMismatch', async () => {
  expect((await failureOf((async () => ca.readCertificate('nonsense'))())).type).toBe(
    'TrustMismatch',
  );
});
