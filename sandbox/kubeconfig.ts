import type { KeyPair } from './pki.ts';

/** What a context of a kubeconfig needs. */
export interface KubeconfigEntry {
  /** Name of context, cluster and user. */
  readonly name: string;
  /** `https://…` */
  readonly server: string;
  /** PEM of the CA behind the server's certificate. */
  readonly ca: string;
  /** Client certificate and key. */
  readonly user: KeyPair;
}

/** Writes a kubeconfig, as JSON (which is YAML); the first entry is the current context. */
export function renderKubeconfig(entries: readonly KubeconfigEntry[]): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': entries[0]?.name,
    clusters: entries.map(({ name, server, ca }) => ({
      name,
      cluster: { server, 'certificate-authority-data': base64(ca) },
    })),
    contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    users: entries.map(({ name, user }) => ({
      name,
      user: {
        'client-certificate-data': base64(user.cert),
        'client-key-data': base64(user.key),
      },
    })),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
