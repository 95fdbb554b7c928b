import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { renderKubeconfig } from '../../../sandbox/kubeconfig.ts';
import { layoutOf } from '../../../sandbox/layout.ts';
import { rotateLogs } from '../../../sandbox/log-rotation.ts';
import { renderMeshFile } from '../../../sandbox/mesh-file.ts';
import { createClusterPki } from '../../../sandbox/pki.ts';
import { layOutSandbox } from '../../../sandbox/shape.ts';

test('the mesh file names every cluster, its network, and the API server as others reach it', () => {
  const file = renderMeshFile(layOutSandbox(3, 'cluster1=a,cluster2=a,cluster3=b'), 'discovered');
  const { spec } = parse(file) as { spec: Record<string, unknown> };
  expect(spec['networks']).toEqual({
    a: { gateways: 'discovered' },
    b: { gateways: 'discovered' },
  });
  expect(spec['clusters']).toEqual([
    {
      name: 'cluster1',
      context: 'cluster1',
      apiServer: 'https://172.30.1.1:6443',
      network: 'a',
      controlPlane: 'primary',
    },
    {
      name: 'cluster2',
      context: 'cluster2',
      apiServer: 'https://172.30.2.1:6443',
      network: 'a',
      controlPlane: { remote: 'cluster1' },
    },
    {
      name: 'cluster3',
      context: 'cluster3',
      apiServer: 'https://172.30.3.1:6443',
      network: 'b',
      controlPlane: { remote: 'cluster1' },
    },
  ]);
});

test('the kubeconfig has a context for each cluster and starts with the first', () => {
  const user = { cert: 'CERT', key: 'KEY' };
  const config = parse(
    renderKubeconfig([
      { name: 'cluster1', server: 'https://127.0.0.1:1', ca: 'CA', user },
      { name: 'cluster2', server: 'https://127.0.0.1:2', ca: 'CA', user },
    ]),
  ) as { 'current-context': string; contexts: { name: string }[] };
  expect(config['current-context']).toBe('cluster1');
  expect(config.contexts.map(({ name }) => name)).toEqual(['cluster1', 'cluster2']);
});

test('certificates hold for every address of the API server and chain to their own CA alone', async () => {
  const subject = (clusterName: string) => ({
    clusterName,
    nodeName: `${clusterName}-node`,
    nodeAddress: '172.30.1.1',
    kubernetesAddress: '10.101.0.1',
  });
  const [pki, other] = await Promise.all([
    createClusterPki(subject('cluster1')),
    createClusterPki(subject('cluster2')),
  ]);
  const server = new X509Certificate(pki.apiServer.cert);
  expect(
    ['127.0.0.1', '172.30.1.1', '10.101.0.1'].map((address) => server.checkIP(address)),
  ).not.toContain(undefined);
  expect(server.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
  expect(server.verify(new X509Certificate(pki.ca.cert).publicKey)).toBe(true);
  expect(server.verify(new X509Certificate(other.ca.cert).publicKey)).toBe(false);
  expect(new X509Certificate(pki.clients.kubelet.cert).subject).toBe(
    'CN=system:node:cluster1-node\nO=system:nodes',
  );
});

test('a log above the limit starts anew and keeps one generation', () => {
  const dir = mkdtempSync(join(tmpdir(), 'logs-'));
  writeFileSync(join(dir, 'big.log'), 'x'.repeat(100));
  writeFileSync(join(dir, 'small.log'), 'y');
  rotateLogs(dir, 50);
  expect(readFileSync(join(dir, 'big.log'), 'utf8')).toBe('');
  expect(readFileSync(join(dir, 'big.log.1'), 'utf8')).toHaveLength(100);
  expect(readFileSync(join(dir, 'small.log'), 'utf8')).toBe('y');
});

test('a directory whose sockets would have too long a path is refused', () => {
  expect(() => layoutOf(`/${'x'.repeat(100)}`)).toThrow('choose a shorter one with --dir');
});
