import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openKubeContexts } from '../../../../activities/adapters/kube-contexts.ts';
import { createTestCa, type TestCa, type TestCertificate } from '../../../support/test-ca.ts';
import { failureOf } from '../../../support/test-clusters.ts';

let ca: TestCa;
let client: TestCertificate;
let dir: string;

beforeAll(async () => {
  ca = await createTestCa();
  client = await ca.issue({ commonName: 'someone' });
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshwright-policy-'));
});

type Fields = { [field: string]: unknown };

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function write(cluster: Fields, user: Fields, name = 'config'): string {
  const path = join(dir, name);
  writeFileSync(
    path,
    JSON.stringify({
      kind: 'Config',
      clusters: [
        {
          name: 'c',
          cluster: {
            server: 'https://east:6443',
            'certificate-authority-data': base64(ca.certPem),
            ...cluster,
          },
        },
      ],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'east', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  return path;
}

function contextsOf(
  paths: string[],
  allowedExec: string[] = [],
): ReturnType<typeof openKubeContexts> {
  return openKubeContexts({ paths, allowedExec, inCluster: null });
}

describe('what is refused names context, field and cure', () => {
  const cases: [string, Fields, Fields, string][] = [
    ['exec', {}, { exec: { command: 'aws', args: ['eks', 'get-token'] } }, 'user.exec runs "aws"'],
    ['auth-provider', {}, { 'auth-provider': { name: 'gcp' } }, 'user.auth-provider was removed'],
    [
      'insecure-skip-tls-verify',
      { 'insecure-skip-tls-verify': true },
      { token: 't' },
      'cluster.insecure-skip-tls-verify',
    ],
    [
      'plain http',
      { server: 'http://east:8080' },
      { token: 't' },
      'cluster.server is "http://…", not https',
    ],
    ['a server that is no URL', { server: 'east' }, { token: 't' }, 'cluster.server is not a URL'],
    [
      'a server with a password',
      { server: 'https://me:secret@east' },
      { token: 't' },
      'cluster.server carries a user',
    ],
    ['proxy-url', { 'proxy-url': 'http://proxy:3128' }, { token: 't' }, 'cluster.proxy-url'],
    ['impersonation', {}, { token: 't', as: 'admin' }, 'user.as impersonates'],
    [
      'impersonated groups',
      {},
      { token: 't', 'as-groups': ['system:masters'] },
      'user.as-groups impersonates',
    ],
    ['basic authentication', {}, { username: 'me', password: 'hunter2' }, 'user.username'],
    [
      'an unknown field',
      {},
      { token: 't', kerberos: 'yes' },
      'user.kerberos is not a field meshwright knows',
    ],
    ['a number for a token', {}, { token: 12345 }, 'user.token is not a text'],
    [
      'a certificate without its key',
      {},
      { 'client-certificate-data': base64('x') },
      'user.client-key-data is missing',
    ],
    [
      'a CA that is none',
      { 'certificate-authority-data': base64('nonsense') },
      { token: 't' },
      'cluster.certificate-authority does not hold',
    ],
    [
      'a CA file that is missing',
      { 'certificate-authority-data': null, 'certificate-authority': 'ca.crt' },
      { token: 't' },
      'cluster.certificate-authority names ca.crt, which does not exist',
    ],
    ['a token file from elsewhere', {}, { tokenFile: '/etc/shadow' }, 'user.tokenFile is outside'],
  ];
  test.each(cases)('%s', async (_, cluster, user, said) => {
    const failure = await failureOf(contextsOf([write(cluster, user)]).read('east'));
    expect(failure.type).toBe('CredentialRefused');
    expect(failure.message).toContain(`context "east": ${said}`);
    expect(failure.details.cure).toBeDefined();
    expect(failure.message).not.toMatch(/hunter2|secret@/);
  });
});

test('what kind, kubeadm and cloud kubeconfigs say is taken', async () => {
  const path = write(
    { 'tls-server-name': 'kubernetes', 'insecure-skip-tls-verify': false, extensions: [] },
    {
      'client-certificate-data': base64(client.certPem),
      'client-key-data': base64(client.keyPem),
      token: 'abc',
    },
  );
  const { context } = await contextsOf([path]).read('east');
  expect(context).toEqual({
    name: 'east',
    server: 'https://east:6443',
    caPem: ca.certPem,
    tlsServerName: 'kubernetes',
    clientCertificate: client,
    token: { kind: 'static', token: 'abc' },
  });
});

test('files beside the kubeconfig, as minikube writes them, are read, and a rotated one is a change', async () => {
  mkdirSync(join(dir, 'pki'));
  writeFileSync(join(dir, 'pki/ca.crt'), ca.certPem);
  writeFileSync(join(dir, 'pki/client.crt'), client.certPem);
  writeFileSync(join(dir, 'pki/client.key'), client.keyPem);
  const path = write(
    { 'certificate-authority-data': null, 'certificate-authority': 'pki/ca.crt' },
    { 'client-certificate': 'pki/client.crt', 'client-key': join(dir, 'pki/client.key') },
  );
  const stamped = await contextsOf([path]).read('east');
  expect(stamped.context.clientCertificate).toEqual(client);
  expect(await stamped.changed()).toBe(false);
  writeFileSync(join(dir, 'pki/client.crt'), `${client.certPem}\n`);
  expect(await stamped.changed()).toBe(true);
});

test('an allowed plugin runs by the path the operator gave, also when the kubeconfig says a bare name', async () => {
  const path = write(
    {},
    { exec: { command: 'aws', args: ['a'], env: [{ name: 'AWS_PROFILE', value: 'x' }] } },
  );
  const { context } = await contextsOf([path], ['/opt/bin/aws']).read('east');
  expect(context.token).toMatchObject({
    kind: 'exec',
    plugin: { command: '/opt/bin/aws', args: ['a'], env: { AWS_PROFILE: 'x' } },
  });
});

test.each([
  ['another path of the same name', { command: '/tmp/aws' }, 'runs "/tmp/aws"'],
  [
    'a library for the linker',
    { command: 'aws', env: [{ name: 'LD_PRELOAD', value: '/tmp/x.so' }] },
    'sets LD_PRELOAD',
  ],
  ['another PATH', { command: 'aws', env: [{ name: 'PATH', value: '/tmp' }] }, 'sets PATH'],
])('an allowed plugin is refused with %s', async (_, exec, said) => {
  const failure = await failureOf(contextsOf([write({}, { exec })], ['/opt/bin/aws']).read('east'));
  expect(failure.message).toContain(said);
});

test('of several files the first that has a context wins, and missing ones are passed over', async () => {
  const first = write({}, { token: 'first' }, 'first');
  const second = write({}, { token: 'second' }, 'second');
  const { context } = await contextsOf([join(dir, 'missing'), first, second]).read('east');
  expect(context.token).toEqual({ kind: 'static', token: 'first' });
});

test('an unknown context is UnknownCluster and lists those there are', async () => {
  const path = write({}, { token: 't' });
  const failure = await failureOf(contextsOf([path]).read('west'));
  expect(failure.type).toBe('UnknownCluster');
  expect(failure.message).toBe(`the worker has no context "west" in ${path}; it has east`);
  const none = await failureOf(contextsOf([join(dir, 'missing')]).read('west'));
  expect(none.message).toContain(`no kubeconfig at ${join(dir, 'missing')}`);
});

test('a refused context does not keep another one of the same file from being used', async () => {
  const path = join(dir, 'two');
  writeFileSync(
    path,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://c' } }],
      users: [
        { name: 'bad', user: { exec: { command: 'x' } } },
        { name: 'good', user: { token: 't' } },
      ],
      contexts: [
        { name: 'bad', context: { cluster: 'c', user: 'bad' } },
        { name: 'good', context: { cluster: 'c', user: 'good' } },
      ],
    }),
  );
  expect((await contextsOf([path]).read('good')).context.server).toBe('https://c');
  expect((await failureOf(contextsOf([path]).read('bad'))).type).toBe('CredentialRefused');
});

test.each([
  ['YAML that is none', 'clusters: [\n  token: "hunter2', /config:\d+:\d+: not valid YAML/],
  [
    'an alias bomb',
    [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefg'
        .split('')
        .map((to, index) => `${to}: &${to} [${Array(9).fill(`*${'abcdef'[index]}`).join(',')}]`),
    ].join('\n'),
    /more than 50 YAML aliases/,
  ],
  ['more than a megabyte', `# ${'x'.repeat(1024 * 1024)}`, /bytes are more than the 1048576/],
  ['another kind of file', 'kind: Mesh', /kind is "Mesh", expected "Config"/],
])('%s is refused without quoting it', async (_, text, said) => {
  const path = join(dir, 'config');
  writeFileSync(path, text);
  const failure = await failureOf(contextsOf([path]).read('east'));
  expect(failure.type).toBe('CredentialRefused');
  expect(failure.message).toMatch(said);
  expect(failure.message).not.toContain('hunter2');
});
