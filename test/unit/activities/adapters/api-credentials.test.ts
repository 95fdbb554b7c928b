import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { openCredentials } from '../../../../activities/adapters/api-credentials.ts';
import { openKubeContexts } from '../../../../activities/adapters/kube-contexts.ts';
import { failureOf } from '../../../support/test-clusters.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshwright-credentials-'));
});

function source(
  user: { [field: string]: unknown },
  allowedExec: string[] = [],
): ReturnType<typeof openCredentials> {
  const path = join(dir, 'config');
  writeFileSync(
    path,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://east:6443' } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'east', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  const contexts = openKubeContexts({ paths: [path], allowedExec, inCluster: null });
  return openCredentials(contexts, 'east', { PATH: '/usr/bin:/bin', HOME: dir });
}

function plugin(script: string): string {
  const path = join(dir, 'plugin');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('a token file is read again when its token was refused', async () => {
  writeFileSync(join(dir, 'token'), 'old\n');
  const credentials = source({ tokenFile: 'token' });
  expect((await credentials.current()).token).toBe('old');
  writeFileSync(join(dir, 'token'), 'new\n');
  expect((await credentials.current()).token).toBe('old');
  credentials.forget();
  expect((await credentials.current()).token).toBe('new');
});

test('a file that holds no token is refused without quoting it', async () => {
  writeFileSync(join(dir, 'token'), 'root:x:0:0\ndaemon:x:1:1');
  const failure = await failureOf(source({ tokenFile: 'token' }).current());
  expect(failure.message).toBe(`context "east": ${join(dir, 'token')} holds no token`);
});

test('a plugin is run once for all who ask at once, and again when its token has expired', async () => {
  const command = plugin(
    `echo run >> ${dir}/runs; echo '{"kind":"ExecCredential","status":{"token":"'$SUFFIX-$(wc -l < ${dir}/runs)'","expirationTimestamp":"'$EXPIRES'"}}'`,
  );
  const runs = (): number => readFileSync(join(dir, 'runs'), 'utf8').split('\n').length - 1;
  const lasting = source(
    {
      exec: {
        command,
        env: [
          { name: 'EXPIRES', value: '2999-01-01T00:00:00Z' },
          { name: 'SUFFIX', value: 's' },
        ],
      },
    },
    [command],
  );
  const [one, two] = await Promise.all([lasting.current(), lasting.current()]);
  expect([one.token, two.token, (await lasting.current()).token, runs()]).toEqual([
    's-1',
    's-1',
    's-1',
    1,
  ]);
  const expired = source(
    {
      exec: {
        command,
        env: [
          { name: 'EXPIRES', value: '2020-01-01T00:00:00Z' },
          { name: 'SUFFIX', value: 's' },
        ],
      },
    },
    [command],
  );
  await expired.current();
  await expired.current();
  expect(runs()).toBe(3);
});

test('a plugin that wants it is told the cluster, and gets no environment of the worker', async () => {
  process.env['MESHWRIGHT_TEST_SECRET'] = 'hunter2';
  const command = plugin(`env > ${dir}/env; echo '{"status":{"token":"t"}}'`);
  await source(
    {
      exec: {
        command,
        provideClusterInfo: true,
        apiVersion: 'client.authentication.k8s.io/v1beta1',
      },
    },
    [command],
  ).current();
  const env = readFileSync(join(dir, 'env'), 'utf8');
  expect(env).toContain('"server":"https://east:6443"');
  expect(env).toContain('client.authentication.k8s.io/v1beta1');
  expect(env).not.toContain('hunter2');
});

test.each([
  ['fails', 'echo hunter2; echo hunter2 >&2; exit 3', 'ended with exit code 3'],
  ['answers nonsense', 'echo hunter2', 'did not answer an ExecCredential in JSON'],
  ['answers nothing', 'echo "{}"', 'answered neither token nor certificate'],
])('a plugin that %s is refused, without its output', async (_, script, said) => {
  const command = plugin(script);
  const failure = await failureOf(source({ exec: { command } }, [command]).current());
  expect(failure.type).toBe('CredentialRefused');
  expect(failure.message).toContain(`exec plugin ${command} ${said}`);
  expect(JSON.stringify([failure.message, failure.details])).not.toContain('hunter2');
});

test('connections are kept while a plugin answers the same certificate', async () => {
  const command = plugin(`echo '{"status":{"clientCertificateData":"C","clientKeyData":"K"}}'`);
  const credentials = source({ exec: { command } }, [command]);
  const first = await credentials.current();
  expect(first.context.clientCertificate).toEqual({ certPem: 'C', keyPem: 'K' });
  expect((await credentials.current()).context).toBe(first.context);
});
