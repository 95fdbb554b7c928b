import { chmodSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { fileTrustStore } from '../../../../activities/adapters/file-trust-store.ts';
import { x509CertificateAuthority as ca } from '../../../../activities/adapters/x509-certificate-authority.ts';
import { failureOf } from '../../../support/test-clusters.ts';

let dir: string;

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'meshwright-trust-')), 'trust');
});

test('answers nothing for a mesh without a root', async () => {
  expect(await fileTrustStore(dir).readRoot('demo')).toBeNull();
});

test('a stored root comes back, readable by its owner only, and nothing else is left', async () => {
  const root = await ca.createRoot();
  expect(await fileTrustStore(dir).keepRoot('demo', root)).toEqual(root);
  expect(await fileTrustStore(dir).readRoot('demo')).toEqual(root);
  expect(readdirSync(join(dir, 'demo'))).toEqual(['root-ca.pem']);
  expect(statSync(join(dir, 'demo')).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, 'demo/root-ca.pem')).mode & 0o777).toBe(0o600);
});

test('of roots stored at once one counts, for everybody', async () => {
  const roots = await Promise.all(Array.from({ length: 8 }, () => ca.createRoot()));
  const kept = await Promise.all(roots.map((root) => fileTrustStore(dir).keepRoot('demo', root)));
  expect(new Set(kept.map(({ keyPem }) => keyPem)).size).toBe(1);
  expect(await fileTrustStore(dir).readRoot('demo')).toEqual(kept[0]);
});

test('a root that others can read is refused with the cure', async () => {
  await fileTrustStore(dir).keepRoot('demo', await ca.createRoot());
  const path = join(dir, 'demo/root-ca.pem');
  chmodSync(path, 0o640);
  const failure = await failureOf(fileTrustStore(dir).readRoot('demo'));
  expect([failure.type, failure.message]).toEqual([
    'TrustMismatch',
    `${path} can be read by others (mode 640)`,
  ]);
  expect(failure.details.cure).toContain(`chmod go= ${path}`);
});

test('a damaged file is refused, never replaced', async () => {
  const store = fileTrustStore(dir);
  await store.keepRoot('demo', await ca.createRoot());
  writeFileSync(join(dir, 'demo/root-ca.pem'), 'half a fi');
  expect((await failureOf(store.keepRoot('demo', await ca.createRoot()))).message).toContain(
    'does not hold a certificate and a key',
  );
});

test('a mesh name cannot leave the directory', async () => {
  expect((await failureOf(fileTrustStore(dir).readRoot('../other'))).type).toBe('InvalidMeshSpec');
});
