import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { fileTrustStore } from '../../../../activities/adapters/file-trust-store.ts';
import { istioctlInjector } from '../../../../activities/adapters/istioctl-inject.ts';
import { istioctlRenderer } from '../../../../activities/adapters/istioctl.ts';
import { openKubeContexts } from '../../../../activities/adapters/kube-contexts.ts';
import { kubernetesClusters } from '../../../../activities/adapters/kubernetes-clusters.ts';
import { renderedManifests } from '../../../../activities/adapters/rendered-manifests.ts';
import { failureInterceptor } from '../../../../activities/attempt/failure-interceptor.ts';
import type { Cluster } from '../../../../activities/ports/cluster.ts';
import { createLogger } from '../../../../worker/logging.ts';
import { findSecrets } from '../../../support/secret-scan.ts';
import type { KnownSecret } from '../../../support/secret-scan.ts';
import { ALWAYS_PERMITTED } from '../../../support/test-clusters.ts';
import { createTestCa, type TestCa, type TestCertificate } from '../../../support/test-ca.ts';

/** Tokens without any shape by which they could be told from other words. */
const token = `opaque-${randomBytes(12).toString('hex')}`;
const readerToken = `reader-${randomBytes(12).toString('hex')}`;
const password = `correct-horse-${randomBytes(6).toString('hex')}`;
let client: TestCertificate;
let ca: TestCa;
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => unknown;
const dir = mkdtempSync(join(tmpdir(), 'meshwright-secrets-'));

beforeAll(async () => {
  ca = await createTestCa();
  client = await ca.issue({ commonName: 'worker' });
  const { certPem, keyPem } = await ca.issue({ commonName: 'east', ip: '127.0.0.1' });
  server = createServer({ cert: certPem, key: keyPem }, (request, response) =>
    answer(request, response),
  );
  server.on('upgrade', (request, socket) => {
    const { authorization = '' } = request.headers;
    const body = status(`no upgrade with ${authorization} ${authorization.slice(7)}`);
    socket.end(`HTTP/1.1 403 No\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function known(): KnownSecret[] {
  const values = { token, readerToken, password, 'client key': client.keyPem };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function status(message: string): string {
  const causes = [{ field: `data.${token}`, message: `bad ${token}`, reason: `not ${token}` }];
  return JSON.stringify({ kind: 'Status', message, details: { causes } });
}

const KINDS = JSON.stringify({
  resources: ['Secret', 'Pod'].map((kind) => ({
    name: `${kind.toLowerCase()}s`,
    kind,
    namespaced: true,
  })),
});

/** Answers with a code, and quotes the credentials it was shown, as a bad proxy before an API server may. */
function echo(code: number, body = status): void {
  answer = (request, response) => {
    const { authorization = '' } = request.headers;
    if (request.url === '/api/v1') return response.writeHead(200).end(KINDS);
    const said = body(`${authorization} cannot ${authorization.slice(7)} at ${request.url ?? ''}`);
    return response.writeHead(code, { 'x-seen': authorization }).end(said);
  };
}

/** A kubeconfig with one context, `east`, on the server. */
function kubeconfig(user: object, cluster: object = {}): string {
  const { port } = server.address() as { port: number };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const fields = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': base64(ca.certPem),
    ...cluster,
  };
  return file(
    JSON.stringify({
      clusters: [{ name: 'c', cluster: fields }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'east', context: { cluster: 'c', user: 'u' } }],
    }),
  );
}

function file(text: string, mode = 0o600): string {
  const path = join(dir, randomBytes(8).toString('hex'));
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

/** Does something with the cluster of a kubeconfig. */
async function inCluster<T>(path: string, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const plugins = [join(dir, 'plugin')];
  const contexts = openKubeContexts({ paths: [path], allowedExec: plugins, inCluster: null });
  const clusters = kubernetesClusters(
    contexts,
    { PATH: '/usr/bin:/bin' },
    () => undefined,
    () => ALWAYS_PERMITTED,
  );
  try {
    return await work(await clusters.open({ name: 'east', context: 'east' }));
  } finally {
    await clusters.close();
  }
}

const bearer = (): string => kubeconfig({ token });
const mutual = (): string =>
  kubeconfig({
    'client-certificate-data': Buffer.from(client.certPem).toString('base64'),
    'client-key-data': Buffer.from(client.keyPem).toString('base64'),
  });
const readSecret = (cluster: Cluster): Promise<unknown> =>
  cluster.read({ apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 'cacerts' });
const readPod = (cluster: Cluster): Promise<unknown> =>
  cluster.read({ apiVersion: 'v1', kind: 'Pod', namespace: 'istio-system', name: 'istiod' });

function plugin(script: string): string {
  const path = join(dir, 'plugin');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return kubeconfig({ exec: { command: path, args: ['--password', password] } });
}

function istioctl(script: string): { paths: string[]; versionsDir: string; searchDirs: string[] } {
  const path = file(
    `#!/bin/sh\n[ "$1" = version ] && { echo '{"clientVersion":{"version":"1.30.4"}}'; exit; }\n${script}\n`,
    0o755,
  );
  return { paths: [path], versionsDir: dir, searchDirs: [] };
}

/** What istioctl may be given: values with secrets in them. */
const VALUES = (): { [name: string]: string } => ({
  password,
  token,
  access_token: token,
  pem: client.keyPem,
});

/** Every way in which an adapter fails while it holds a secret. */
const CASES: { [what: string]: () => Promise<unknown> } = {
  ...Object.fromEntries(
    [401, 403, 409, 418, 422, 429, 500, 503].map((code) => [
      `an API server that answers ${code} and quotes the token`,
      () => (echo(code), inCluster(bearer(), readPod)),
    ]),
  ),
  'an API server that refuses a Secret and quotes it': () => (
    echo(422),
    inCluster(bearer(), readSecret)
  ),
  'an API server that answers something else than JSON': () => (
    echo(500, (said) => `<html>${said}`),
    inCluster(bearer(), readPod)
  ),
  'a reader token that an API server refuses and quotes': () => {
    echo(403);
    return inCluster(bearer(), (cluster) => cluster.proveToken(readerToken));
  },
  'a connection that breaks after the token was sent': () => {
    answer = (request) => void request.socket.destroy(new Error(`broke with ${token}`));
    return inCluster(bearer(), readPod);
  },
  'an answer that breaks off in the middle': () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write(`{"token":"${token}"`);
      setTimeout(() => request.socket.destroy(), 20);
    };
    return inCluster(bearer(), readPod);
  },
  'a token that no header can hold': () =>
    inCluster(kubeconfig({ token: `${token}\u0001x` }), readPod),
  'a command in a pod that is refused': () =>
    inCluster(bearer(), (cluster) =>
      cluster.exec({ namespace: 'a', name: 'b', container: 'c' }, ['true']),
    ),
  'a server whose certificate is of another CA': async () => {
    const other = Buffer.from((await createTestCa()).certPem).toString('base64');
    const path = kubeconfig({ token }, { 'certificate-authority-data': other });
    return inCluster(path, readPod);
  },
  'a client certificate that the server drops': () => {
    answer = (request) => void request.socket.destroy();
    return inCluster(mutual(), readPod);
  },
  'a client key that is none': () =>
    inCluster(
      kubeconfig({
        'client-certificate-data': Buffer.from(client.certPem).toString('base64'),
        'client-key-data': Buffer.from(client.keyPem.replace('M', '!')).toString('base64'),
      }),
      readPod,
    ),
  'a server with a password in its URL': () =>
    inCluster(kubeconfig({}, { server: `https://admin:${password}@east:6443` }), readPod),
  'a server that is no URL': () =>
    inCluster(kubeconfig({}, { server: `https://east:port?token=${token}` }), readPod),
  'a server with a token in its query that nobody answers': () =>
    inCluster(kubeconfig({ token }, { server: `https://127.0.0.1:1/?token=${token}` }), readPod),
  'a kubeconfig that is not YAML': () =>
    inCluster(file(`users:\n- user:\n    token: "${token}\n  password: ${password}: x\n`), readPod),
  'a kubeconfig with a key twice': () =>
    inCluster(file(`token: ${token}\ntoken: ${token}\n`), readPod),
  'a kubeconfig whose token is a list': () => inCluster(kubeconfig({ token: [token] }), readPod),
  'a kubeconfig with a user name and password': () =>
    inCluster(kubeconfig({ username: 'admin', password }), readPod),
  'a token file with more than a token': () => {
    writeFileSync(join(dir, 'token'), `${token} ${token}\n`);
    return inCluster(kubeconfig({ tokenFile: 'token' }), readPod);
  },
  'a credential plugin that fails and prints a token': () =>
    inCluster(plugin(`echo ${token}; echo token ${token} >&2; exit 1`), readPod),
  'a credential plugin that answers no JSON': () =>
    inCluster(plugin(`echo '${token}'; echo ${token} >&2`), readPod),
  'a credential plugin that answers neither token nor certificate': () =>
    inCluster(plugin(`echo '{"status":{"tocken":"${token}"}}'`), readPod),
  'a credential plugin that prints without end': () => inCluster(plugin(`yes ${token}`), readPod),
  'a credential plugin that cannot be run': () => {
    const path = plugin('');
    chmodSync(join(dir, 'plugin'), 0o600);
    return inCluster(path, readPod);
  },
  'an istioctl that quotes its input': () =>
    istioctlRenderer(
      istioctl('cat >&2; exit 1'),
      renderedManifests(join(dir, 'rendered')),
      () => undefined,
    ).render('1.30.4', { values: VALUES() }),
  'an istioctl that prints no YAML': () =>
    istioctlRenderer(
      istioctl('sed "s/{/{{: @/"'),
      renderedManifests(join(dir, 'rendered')),
      () => undefined,
    ).render('1.30.4', { values: VALUES() }),
  'an istioctl that does not inject and quotes the manifest': () =>
    istioctlInjector(istioctl('cat >&2; exit 1')).inject(
      '1.30.4',
      null,
      { templates: '', values: '', mesh: '' },
      `password: ${password}\n${JSON.stringify(VALUES())}`,
    ),
  'a root CA that is damaged': () => {
    const mesh = join(dir, 'trust', 'prod');
    return keepDamagedRoot(mesh).then(() => fileTrustStore(join(dir, 'trust')).readRoot('prod'));
  },
};

async function keepDamagedRoot(mesh: string): Promise<void> {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(mesh, { recursive: true, mode: 0o700 });
  const bad = `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n${client.keyPem}`;
  writeFileSync(join(mesh, 'root-ca.pem'), bad, { mode: 0o600 });
}

/** Lets an activity fail and answers all that leaves it: the failure for history, and the lines of the worker's loudest log. */
async function leaves(work: () => Promise<unknown>): Promise<string> {
  const log: string[] = [];
  const logger = createLogger('trace', { write: (line: string) => void log.push(line) });
  const interceptors = [failureInterceptor];
  const environment = new MockActivityEnvironment({}, { interceptors, logger });
  try {
    await environment.run(work);
  } catch (error) {
    const { message, details, stack, cause } = error as ApplicationFailure;
    return [JSON.stringify({ message, details, stack, cause }), ...log].join('\n');
  }
  throw new Error('nothing failed');
}

test.each(Object.keys(CASES))('%s leaves no secret in failure and log', async (what) => {
  const text = await leaves(CASES[what] ?? (() => Promise.resolve()));
  expect({ found: findSecrets(what, Buffer.from(text), known()), text }).toMatchObject({
    found: [],
  });
});

test('a secret in a failure or in its cause is found', async () => {
  const text = await leaves(() => Promise.reject(new Error(`it was ${readerToken}`)));
  expect(findSecrets('planted', Buffer.from(text), known())).toEqual(['planted: readerToken']);
});
