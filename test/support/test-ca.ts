import 'reflect-metadata'; // must come before @peculiar/x509, whose decorators need it
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, PEM. */
export type TestCertificate = {
  /** Certificate. */
  certPem: string;
  /** Key, PKCS#8. */
  keyPem: string;
};

/** A throw-away CA for servers and clients of tests. */
export type TestCa = {
  /** Certificate of the CA, PEM. */
  certPem: string;
  /** Issues a certificate for a server on an address or for a client of a name and groups. */
  issue(subject: {
    commonName: string;
    organization?: string;
    ip?: string;
  }): Promise<TestCertificate>;
};

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Makes a CA that is valid for a day. */
export async function createTestCa(): Promise<TestCa> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test-ca',
    ...validity(),
    signingAlgorithm: P256,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
    ],
  });
  const issue: TestCa['issue'] = async ({ commonName, organization, ip }) => {
    const own = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
    const issued = await x509.X509CertificateGenerator.create({
      subject: [
        ...(organization === undefined ? [] : [{ O: [organization] }]),
        { CN: [commonName] },
      ],
      issuer: certificate.subjectName,
      ...validity(),
      signingAlgorithm: P256,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        ...(ip === undefined
          ? []
          : [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: ip }])]),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
    return {
      certPem: `${issued.toString('pem')}\n`,
      keyPem: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
    };
  };
  return { certPem: `${certificate.toString('pem')}\n`, issue };
}

function validity(): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 24 * 3_600_000),
  };
}
