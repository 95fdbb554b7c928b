import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a context of a test's kubeconfig says. */
export type TestContext = {
  /** Name of the context, its cluster and its user. */
  name: string;
  /** `https://host:port`. */
  server: string;
  /** CA of the server, PEM. */
  caPem: string;
  /** Name expected in the server's certificate. @default the server's host */
  tlsServerName?: string;
  /** Bearer token. @default none */
  token?: string;
  /** Client certificate and key, PEM. @default none */
  client?: { certPem: string; keyPem: string };
};

/** Writes a kubeconfig into a directory of its own and answers its path. */
export function writeKubeconfig(contexts: TestContext[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'meshwright-kubeconfig-')), 'config');
  rewriteKubeconfig(path, contexts);
  return path;
}

/** Writes other contexts into a kubeconfig. */
export function rewriteKubeconfig(path: string, contexts: TestContext[]): void {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: contexts.map(({ name, server, caPem, tlsServerName }) => ({
      name,
      cluster: {
        server,
        'certificate-authority-data': base64(caPem),
        ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
      },
    })),
    users: contexts.map(({ name, token, client }) => ({
      name,
      user: {
        ...(token === undefined ? {} : { token }),
        ...(client === undefined
          ? {}
          : {
              'client-certificate-data': base64(client.certPem),
              'client-key-data': base64(client.keyPem),
            }),
      },
    })),
    contexts: contexts.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
  };
  writeFileSync(path, JSON.stringify(document), { mode: 0o600 });
}
