import { X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { MeshFailure } from '../../mesh/failure.ts';
import type { KubeconfigEntry } from './kubeconfig-document.ts';
import { readBounded } from './kubeconfig-files.ts';

/** Largest certificate, key or token file, in bytes. */
const CREDENTIAL_LIMIT_BYTES = 256 * 1024;
/**
 * PEM of a field: `<field>-data` in base64, else the file `<field>` names; null when neither is set.
 * @throws MeshFailure CredentialRefused when the file is missing or too big.
 */
export async function pemField(
  context: string,
  part: string,
  entry: KubeconfigEntry,
  field: string,
): Promise<string | null> {
  const data = textField(context, part, entry, `${field}-data`);
  if (data !== null) return Buffer.from(data, 'base64').toString('utf8');
  const path = textField(context, part, entry, field);
  if (path === null) return null;
  const file = await readBounded(resolve(dirname(entry.file), path), CREDENTIAL_LIMIT_BYTES);
  if (file === null)
    throw refuseField(
      context,
      `${part}.${field}`,
      `names ${path}, which does not exist`,
      'repair the path',
    );
  return file.text;
}

/** @throws MeshFailure CredentialRefused when a text holds no certificate. */
export function refuseNoCertificate(context: string, field: string, pem: string): void {
  try {
    void new X509Certificate(pem);
  } catch {
    throw refuseField(
      context,
      field,
      'does not hold a PEM certificate',
      'copy the kubeconfig again from its source',
    );
  }
}

/** A field that must be a text; null when it is not set. @throws MeshFailure CredentialRefused when it is something else. */
export function textField(
  context: string,
  part: string,
  entry: KubeconfigEntry,
  field: string,
): string | null {
  const value = entry.fields[field];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw refuseField(context, `${part}.${field}`, 'is not a text', 'quote it');
}

/** The failure for a field that is not obeyed. */
export function refuseField(
  context: string,
  field: string,
  why: string,
  cure: string,
): MeshFailure {
  return new MeshFailure('CredentialRefused', `context "${context}": ${field} ${why}`, { cure });
}
