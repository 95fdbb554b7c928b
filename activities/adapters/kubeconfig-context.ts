import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { KubeconfigEntries, KubeconfigEntry } from './kubeconfig-document.ts';
import { type ExecPlugin, pluginOf } from './kubeconfig-exec.ts';
import { pemField, refuseField, refuseNoCertificate, textField } from './kubeconfig-fields.ts';

/** How requests prove who the worker is; `clientCertificate` may stand beside a token. */
export type TokenSource =
  | { kind: 'none' }
  | { kind: 'static'; token: string }
  | { kind: 'file'; path: string }
  | { kind: 'exec'; plugin: ExecPlugin };

/** One context after judgement: everything needed to connect, and nothing else. */
export type KubeContext = {
  /** Name of the context. */
  name: string;
  /** Origin of the API server, `https://host:port`, with a base path where a proxy wants one. */
  server: string;
  /** CA bundle in PEM; empty where the server has a certificate of a public CA. */
  caPem: string;
  /** Name expected in the serving certificate; null takes the server's host. */
  tlsServerName: string | null;
  /** Client certificate and key in PEM. */
  clientCertificate: { certPem: string; keyPem: string } | null;
  /** Where bearer tokens come from. */
  token: TokenSource;
};

const CLUSTER_FIELDS = [
  'server',
  'certificate-authority-data',
  'certificate-authority',
  'tls-server-name',
  'disable-compression',
  'extensions',
];
const USER_FIELDS = [
  'client-certificate-data',
  'client-certificate',
  'client-key-data',
  'client-key',
  'token',
  'tokenFile',
  'exec',
  'extensions',
];
/** Fields that name files next to a kubeconfig; the change of one is a change of the credentials. */
const FILE_FIELDS = ['certificate-authority', 'client-certificate', 'client-key'];
/** Fields with a reason of their own for being refused; any other unknown field is refused too. */
const REFUSED: { [field: string]: { why: string; cure: string } } = {
  'insecure-skip-tls-verify': {
    why: 'turns off the check of the API server’s certificate',
    cure: 'remove it and set certificate-authority-data',
  },
  'proxy-url': {
    why: 'sends credentials through a proxy',
    cure: 'run a worker that reaches the API server directly',
  },
  'auth-provider': {
    why: 'was removed from Kubernetes 1.26',
    cure: 'use a token, a client certificate or an allowed exec plugin',
  },
  username: {
    why: 'basic authentication was removed from Kubernetes 1.19',
    cure: 'use a token or a client certificate',
  },
  password: {
    why: 'basic authentication was removed from Kubernetes 1.19',
    cure: 'use a token or a client certificate',
  },
  as: { why: 'impersonates another user', cure: 'give the worker credentials of its own' },
  'as-uid': { why: 'impersonates another user', cure: 'give the worker credentials of its own' },
  'as-groups': { why: 'impersonates another user', cure: 'give the worker credentials of its own' },
  'as-user-extra': {
    why: 'impersonates another user',
    cure: 'give the worker credentials of its own',
  },
};
/**
 * Judges one context: a kubeconfig is code, so only the fields listed here are obeyed.
 * @throws MeshFailure CredentialRefused naming context, field and cure.
 */
export async function judgeContext(
  name: string,
  entries: KubeconfigEntries,
  allowedExec: string[],
): Promise<KubeContext> {
  const context = entries.contexts.get(name) as KubeconfigEntry;
  const cluster = entryOf(name, entries.clusters, context.fields['cluster'], 'cluster');
  const user = entryOf(name, entries.users, context.fields['user'], 'user');
  refuseUnknown(name, 'cluster', cluster, CLUSTER_FIELDS);
  refuseUnknown(name, 'user', user, USER_FIELDS);
  const certPem = await pemField(name, 'user', user, 'client-certificate');
  const keyPem = await pemField(name, 'user', user, 'client-key');
  if ((certPem === null) !== (keyPem === null)) {
    const missing = certPem === null ? 'client-certificate-data' : 'client-key-data';
    throw refuseField(
      name,
      `user.${missing}`,
      'is missing',
      'set both client-certificate-data and client-key-data',
    );
  }
  const caPem = (await pemField(name, 'cluster', cluster, 'certificate-authority')) ?? '';
  if (caPem !== '') refuseNoCertificate(name, 'cluster.certificate-authority', caPem);
  if (certPem !== null) refuseNoCertificate(name, 'user.client-certificate', certPem);
  return {
    name,
    server: serverOf(name, cluster),
    caPem,
    tlsServerName: textField(name, 'cluster', cluster, 'tls-server-name'),
    clientCertificate: certPem === null || keyPem === null ? null : { certPem, keyPem },
    token: tokenOf(name, user, allowedExec),
  };
}

/** Paths of the files a context names, absolute; they belong to what must be watched for changes. */
export function filesOfContext(name: string, entries: KubeconfigEntries): string[] {
  const context = entries.contexts.get(name);
  const parts = [
    entries.clusters.get(String(context?.fields['cluster'])),
    entries.users.get(String(context?.fields['user'])),
  ];
  return parts.flatMap((entry) =>
    FILE_FIELDS.flatMap((field) => {
      const path = entry?.fields[field];
      return typeof path === 'string' && entry !== undefined
        ? [resolve(dirname(entry.file), path)]
        : [];
    }),
  );
}

function entryOf(
  context: string,
  entries: Map<string, KubeconfigEntry>,
  name: unknown,
  kind: 'cluster' | 'user',
): KubeconfigEntry {
  const entry = typeof name === 'string' ? entries.get(name) : undefined;
  if (entry !== undefined) return entry;
  throw refuseField(
    context,
    kind,
    `names ${kind} "${String(name)}", which the kubeconfig does not have`,
    `add the ${kind} or repair the name`,
  );
}

function refuseUnknown(
  context: string,
  part: string,
  entry: KubeconfigEntry,
  allowed: string[],
): void {
  for (const [field, value] of Object.entries(entry.fields)) {
    if (allowed.includes(field) || value === null || value === '' || value === false) continue;
    const reason = REFUSED[field];
    throw refuseField(
      context,
      `${part}.${field}`,
      reason?.why ?? 'is not a field meshwright knows',
      reason?.cure ?? `remove it; known are ${allowed.join(', ')}`,
    );
  }
}

function serverOf(context: string, cluster: KubeconfigEntry): string {
  const text = textField(context, 'cluster', cluster, 'server');
  const cure = 'set the https address of the API server';
  if (text === null) throw refuseField(context, 'cluster.server', 'is missing', cure);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw refuseField(context, 'cluster.server', 'is not a URL', cure);
  if (url.protocol !== 'https:')
    throw refuseField(context, 'cluster.server', `is "${url.protocol}//…", not https`, cure);
  if (url.username !== '' || url.password !== '')
    throw refuseField(context, 'cluster.server', 'carries a user and password', cure);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function tokenOf(context: string, user: KubeconfigEntry, allowedExec: string[]): TokenSource {
  const token = textField(context, 'user', user, 'token');
  const tokenFile = textField(context, 'user', user, 'tokenFile');
  if (user.fields['exec'] !== undefined && user.fields['exec'] !== null) {
    return { kind: 'exec', plugin: pluginOf(context, user.fields['exec'], allowedExec) };
  }
  if (tokenFile !== null) {
    // What is read here is sent to the server the same kubeconfig names: only files that came with it are.
    const home = resolve(dirname(user.file));
    const path = resolve(home, tokenFile);
    const inside = relative(home, path);
    if (inside.startsWith('..') || isAbsolute(inside)) {
      throw refuseField(
        context,
        'user.tokenFile',
        `is outside ${home}`,
        'put the token file next to the kubeconfig',
      );
    }
    return { kind: 'file', path };
  }
  return token === null ? { kind: 'none' } : { kind: 'static', token: token.trim() };
}
