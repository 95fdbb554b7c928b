import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { MeshRig } from './mesh-rig.ts';
import type { KnownSecret } from './secret-scan.ts';

function secretData(data: unknown): [string, string][] {
  return Object.entries((data ?? {}) as { [key: string]: string }).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString(),
  ]);
}

/** Every secret an installed rig holds: the root's key, the CAs' keys, reader tokens, remote kubeconfigs, the worker's credentials. */
export async function secretsOf(rig: MeshRig): Promise<KnownSecret[]> {
  const known: KnownSecret[] = [];
  const trust = join(rig.dir, 'home', 'trust', 'sandbox');
  for (const file of readdirSync(trust)) {
    const [key] =
      /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(
        readFileSync(join(trust, file), 'utf8'),
      ) ?? [];
    if (key !== undefined) known.push({ name: 'root key of sandbox', value: key });
  }
  for (const cluster of ['cluster1', 'cluster2']) {
    for (const { metadata, ...secret } of await rig.objects(
      cluster,
      'secrets',
      '-n',
      'istio-system',
    )) {
      for (const [key, value] of secretData(secret['data'])) {
        if (key === 'ca-key.pem') known.push({ name: `ca-key.pem of ${cluster}`, value });
        if (key === 'token') known.push({ name: `reader token of ${cluster}`, value });
        if (metadata.name.startsWith('istio-remote-secret-'))
          known.push({ name: `remote secret ${key} in ${cluster}`, value: tokenIn(value) });
      }
    }
  }
  for (const { name, user } of usersIn(readFileSync(join(rig.dir, 'kubeconfig'), 'utf8'))) {
    const key = user['client-key-data'];
    const value = key === undefined ? user.token : Buffer.from(key, 'base64').toString();
    known.push({ name: `credentials of ${name} in the worker's kubeconfig`, value: value ?? '' });
  }
  return known;
}

type User = { name: string; user: { token?: string; 'client-key-data'?: string } };

function usersIn(kubeconfig: string): User[] {
  return (parse(kubeconfig) as { users: User[] }).users;
}

function tokenIn(kubeconfig: string): string {
  return /token: "?([^\s"]+)/.exec(kubeconfig)?.[1] ?? kubeconfig;
}
