import { X509Certificate } from 'node:crypto';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { MeshFailure } from '../../mesh/failure.ts';
import type { KubeconfigEntries, KubeconfigEntry } from './kubeconfig-document.ts';
import { readBounded } from './kubeconfig-files.ts';

/** A credential plugin the operator allowed. */
export type ExecPlugin = {
  /** Absolute path as the operator allowed it. */
  command: string;
  /** Arguments. */
  args: string[];
  /** Environment laid over the worker's PATH and HOME. */
  env: { [name: string]: string };
  /** API version of the ExecCredential exchanged. */
  apiVersion: string;
  /** Whether the plugin is told the cluster it is for. */
  provideClusterInfo: boolean;
};

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

/** Largest certificate, key or token file, in bytes. */
const CREDENTIAL_LIMIT_BYTES = 256 * 1024;
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
/** Variables by which the environment of a plugin becomes code of somebody else. */
const CODE_IN_ENVIRONMENT =
  /^(LD_|DYLD_|PYTHON|RUBY|PERL|NODE_|BASH_|GIT_)|^(PATH|ENV|IFS|SHELLOPTS)$/;

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
    throw refuse(
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
    tlsServerName: stringField(name, 'cluster', cluster, 'tls-server-name'),
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
  throw refuse(
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
    throw refuse(
      context,
      `${part}.${field}`,
      reason?.why ?? 'is not a field meshwright knows',
      reason?.cure ?? `remove it; known are ${allowed.join(', ')}`,
    );
  }
}

function serverOf(context: string, cluster: KubeconfigEntry): string {
  const text = stringField(context, 'cluster', cluster, 'server');
  const cure = 'set the https address of the API server';
  if (text === null) throw refuse(context, 'cluster.server', 'is missing', cure);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw refuse(context, 'cluster.server', 'is not a URL', cure);
  if (url.protocol !== 'https:')
    throw refuse(context, 'cluster.server', `is "${url.protocol}//…", not https`, cure);
  if (url.username !== '' || url.password !== '')
    throw refuse(context, 'cluster.server', 'carries a user and password', cure);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function tokenOf(context: string, user: KubeconfigEntry, allowedExec: string[]): TokenSource {
  const token = stringField(context, 'user', user, 'token');
  const tokenFile = stringField(context, 'user', user, 'tokenFile');
  if (user.fields['exec'] !== undefined && user.fields['exec'] !== null) {
    return { kind: 'exec', plugin: pluginOf(context, user.fields['exec'], allowedExec) };
  }
  if (tokenFile !== null) {
    // What is read here is sent to the server the same kubeconfig names: only files that came with it are.
    const home = resolve(dirname(user.file));
    const path = resolve(home, tokenFile);
    const inside = relative(home, path);
    if (inside.startsWith('..') || isAbsolute(inside)) {
      throw refuse(
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

function pluginOf(context: string, exec: unknown, allowedExec: string[]): ExecPlugin {
  const fields = exec as { [field: string]: unknown };
  const asked =
    typeof exec === 'object' && typeof fields['command'] === 'string' ? fields['command'] : '';
  const command = allowedExec.find(
    (path) => path === asked || (basename(path) === asked && !asked.includes('/')),
  );
  if (command === undefined) {
    throw refuse(
      context,
      'user.exec',
      `runs "${asked}", which the operator of the worker did not allow`,
      `set MESHWRIGHT_ALLOWED_EXEC to the absolute path of ${asked === '' ? 'the plugin' : basename(asked)}, or use a token`,
    );
  }
  const env = Object.fromEntries(
    (Array.isArray(fields['env'])
      ? (fields['env'] as { name?: unknown; value?: unknown }[])
      : []
    ).map((item) => [String(item.name), String(item.value)]),
  );
  const bad = Object.keys(env).find((variable) => CODE_IN_ENVIRONMENT.test(variable));
  if (bad !== undefined)
    throw refuse(
      context,
      'user.exec.env',
      `sets ${bad}, which can run code of others`,
      'remove the variable',
    );
  const args = Array.isArray(fields['args']) ? fields['args'].map(String) : [];
  const apiVersion = String(fields['apiVersion'] ?? 'client.authentication.k8s.io/v1');
  return {
    command,
    args,
    env,
    apiVersion,
    provideClusterInfo: fields['provideClusterInfo'] === true,
  };
}

async function pemField(
  context: string,
  part: string,
  entry: KubeconfigEntry,
  field: string,
): Promise<string | null> {
  const data = stringField(context, part, entry, `${field}-data`);
  if (data !== null) return Buffer.from(data, 'base64').toString('utf8');
  const path = stringField(context, part, entry, field);
  if (path === null) return null;
  const file = await readBounded(resolve(dirname(entry.file), path), CREDENTIAL_LIMIT_BYTES);
  if (file === null)
    throw refuse(
      context,
      `${part}.${field}`,
      `names ${path}, which does not exist`,
      'repair the path',
    );
  return file.text;
}

function refuseNoCertificate(context: string, field: string, pem: string): void {
  try {
    void new X509Certificate(pem);
  } catch {
    throw refuse(
      context,
      field,
      'does not hold a PEM certificate',
      'copy the kubeconfig again from its source',
    );
  }
}

function stringField(
  context: string,
  part: string,
  entry: KubeconfigEntry,
  field: string,
): string | null {
  const value = entry.fields[field];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw refuse(context, `${part}.${field}`, 'is not a text', 'quote it');
}

function refuse(context: string, field: string, why: string, cure: string): MeshFailure {
  return new MeshFailure('CredentialRefused', `context "${context}": ${field} ${why}`, { cure });
}
