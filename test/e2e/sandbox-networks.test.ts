import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { bringUp } from '../../sandbox/up.ts';
import { openKubectl } from '../support/kubectl.ts';
import type { Kubectl } from '../support/kubectl.ts';

jest.setTimeout(300_000);

const dir = mkdtempSync(join(tmpdir(), 'sandbox-'));
const names = ['cluster1', 'cluster2', 'cluster3'];
let sandbox: Sandbox;
let kubectl: Kubectl;

/** A server that answers who asked. */
const workload = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: meshwright.local/app:1
    imagePullPolicy: Never
    command: [sh, -c, 'mkdir -p /tmp/www/cgi-bin; printf "#!/bin/sh\\necho\\necho \\$REMOTE_ADDR\\n" > /tmp/www/cgi-bin/who; chmod +x /tmp/www/cgi-bin/who; exec httpd -f -p 8080 -h /tmp/www']
    readinessProbe: {httpGet: {port: 8080, path: /cgi-bin/who}, periodSeconds: 1}
`;

beforeAll(async () => {
  const networks = 'cluster1=net-a,cluster2=net-a,cluster3=net-b';
  ({ sandbox } = await bringUp({ clusters: 3, networks, dir }, () => undefined));
  kubectl = await openKubectl(sandbox.kubeconfig);
  for (const cluster of names) {
    expect((await kubectl(cluster, ['apply', '-f', '-'], workload)).complaint).toBe('');
  }
  for (const cluster of names) {
    await kubectl(cluster, ['wait', '--for=condition=Ready', 'pod/web', '--timeout=60s']);
  }
});

afterAll(async () => {
  await sandbox.down();
});

const addressOf = async (cluster: string) =>
  (await kubectl(cluster, ['get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}'])).output;

const seenBy = async (from: string, to: string) => {
  const url = `http://${await addressOf(to)}:8080/cgi-bin/who`;
  const { output } = await kubectl(from, ['exec', 'web', '--', 'curl', '-sS', '-m', '2', url]);
  return output.trim().replace('::ffff:', '').replace(/[[\]]/g, '');
};

test('pods of one network reach each other under their own addresses', async () => {
  expect(await seenBy('cluster1', 'cluster2')).toBe(await addressOf('cluster1'));
  expect(await seenBy('cluster2', 'cluster1')).toBe(await addressOf('cluster2'));
});

test('pods of another network are out of reach in both directions', async () => {
  expect(await seenBy('cluster1', 'cluster3')).toBe('');
  expect(await seenBy('cluster3', 'cluster1')).toBe('');
  expect(await seenBy('cluster3', 'cluster2')).toBe('');
});

test('every API server is reached from every cluster', async () => {
  for (const from of names) {
    for (const { nodeAddress } of sandbox.clusters) {
      const words = [
        'exec',
        'web',
        '--',
        'curl',
        '-sSk',
        '-m',
        '5',
        `https://${nodeAddress}:6443/livez`,
      ];
      expect((await kubectl(from, words)).output).toBe('ok');
    }
  }
});
