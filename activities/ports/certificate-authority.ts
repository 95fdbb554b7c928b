import type { SigningCa } from './trust-store.ts';

/** The four files of Istio's Secret `cacerts`, PEM, in activity memory only. */
export type CacertsFiles = {
  /** Intermediate CA certificate. */
  'ca-cert.pem': string;
  /** Key of the intermediate, PKCS#8. */
  'ca-key.pem': string;
  /** Root certificate; all of them while a rotation is under way. */
  'root-cert.pem': string;
  /** Intermediate first, then what leads to the root. */
  'cert-chain.pem': string;
};

/** What a certificate says of itself; public. */
export type CertificateFacts = {
  /** SHA-256 of the DER, lower-case hex without colons. */
  fingerprint: string;
  /** Distinguished name, e.g. `O=Istio, CN=Root CA`. */
  subject: string;
  /** Distinguished name of the issuer. */
  issuer: string;
  /** Start of validity, ISO-8601. */
  notBefore: string;
  /** End of validity, ISO-8601. */
  notAfter: string;
  /** Whether it may sign certificates (basicConstraints CA:TRUE). */
  isCa: boolean;
  /** CAs allowed below it; null when unlimited. */
  pathLength: number | null;
  /** DNS names among its subject alternative names. */
  dnsNames: string[];
};

/** Whether a `cacerts` bundle is one istiod can sign with, and if not, the first reason. */
export type CacertsVerdict =
  | {
      /** The bundle holds. */
      ok: true;
      /** Root the intermediate leads to. */
      root: CertificateFacts;
      /** The intermediate. */
      intermediate: CertificateFacts;
    }
  | {
      /** The bundle does not hold. */
      ok: false;
      /** Names the file and what is wrong with it, e.g. `ca-cert.pem: expired on 2026-01-01T00:00:00.000Z`. */
      reason: string;
    };

/** Makes and judges the certificates of a mesh. Keys pass through, nothing is kept. */
export interface CertificateAuthority {
  /** Makes a self-signed root: `O=Istio, CN=Root CA`, P-256, ten years. */
  createRoot(): Promise<SigningCa>;
  /**
   * Issues the intermediate of a cluster as Istio's certificate guide does: `O=Istio, CN=Intermediate CA, L=<cluster>`, CA:TRUE
   * pathlen 0, SAN `istiod.<namespace>.svc`.
   * @throws MeshFailure TrustMismatch when the root's key does not belong to its certificate or the root has expired.
   */
  issueIntermediate(
    root: SigningCa,
    subject: { cluster: string; namespace: string },
  ): Promise<CacertsFiles>;
  /**
   * Reads the first certificate of a PEM text.
   * @throws MeshFailure TrustMismatch when there is none or it cannot be read.
   */
  readCertificate(pem: string): CertificateFacts;
  /** Judges the files of a Secret `cacerts`, given as PEM text; a missing file is a reason, not an error. */
  verifyCacerts(files: { [file: string]: string | undefined }): CacertsVerdict;
}
