import { readdirSync, readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import type { VerifyReport } from '../../mesh/plan/verify-report.ts';
import { raiseMeshRig, type MeshRig } from '../support/mesh-rig.ts';
import { everyResourceVersion } from '../support/resource-versions.ts';
import { findSecrets } from '../support/secret-scan.ts';
import { secretsOf } from '../support/secrets-of.ts';

// One install is looked at from many sides: the facts build on one another, and each clusters' worth of boot costs half a minute.
describe('a mesh of two clusters on two networks, gateways listed in meshNetworks', () => {
  let rig: MeshRig;

  beforeAll(async () => {
    rig = await raiseMeshRig({ lbDelay: '2s' });
    const install = await rig.meshwright(
      'install',
      '-f',
      rig.meshFile,
      '--yes',
      '--reason',
      'first install',
    );
    expect({ ...install, stdout: '' }).toMatchObject({ exitCode: 0 });
  }, 300_000);

  afterAll(async () => {
    await rig.down();
  }, 120_000);

  test('is answered from every cluster by pods of every cluster', async () => {
    const { exitCode, stdout } = await rig.meshwright('verify', 'sandbox', '-o', 'json');
    const report = JSON.parse(stdout) as VerifyReport;
    expect(report).toMatchObject({ kind: 'VerifyReport', ok: true });
    expect(report.pairs.map(({ from, to, ok }) => [from, to, ok])).toEqual([
      ['cluster1', 'cluster1', true],
      ['cluster1', 'cluster2', true],
      ['cluster2', 'cluster1', true],
      ['cluster2', 'cluster2', true],
    ]);
    expect(exitCode).toBe(0);
    for (const cluster of ['cluster1', 'cluster2']) {
      const namespaces = await rig.kubectl(cluster, 'get', 'namespaces', '-o', 'name');
      expect(namespaces).not.toContain('verify');
    }
  }, 120_000);

  test('has no placeholder left, and lists the address of every gateway', async () => {
    const [map] = await rig.objects(
      'cluster1',
      'configmaps',
      '-n',
      'istio-system',
      '--field-selector=metadata.name=istio',
    );
    const { meshNetworks = '', mesh = '' } = (map?.['data'] ?? {}) as { [key: string]: string };
    expect(meshNetworks).not.toContain('0.0.0.0');
    for (const cluster of ['cluster1', 'cluster2']) {
      const address = await rig.kubectl(
        cluster,
        'get',
        'service',
        '-n',
        'istio-system',
        'istio-eastwestgateway',
        '-o',
        'jsonpath={.status.loadBalancer.ingress[0].ip}',
      );
      expect(meshNetworks).toContain(address);
    }
    expect(mesh).toContain('meshId: sandbox');
  }, 60_000);

  test('gives status in the shape that scripts rely on', async () => {
    const { stdout, exitCode } = await rig.meshwright('status', 'sandbox', '-o', 'json');
    const status = JSON.parse(stdout) as MeshStatus;
    expect(exitCode).toBe(0);
    expect(status).toMatchObject({
      apiVersion: 'meshwright.dev/v1alpha1',
      kind: 'MeshStatus',
      mesh: 'sandbox',
      operation: { kind: 'install', workflowId: 'mesh-sandbox', state: 'succeeded' },
      clusters: [
        {
          name: 'cluster1',
          network: 'network1',
          role: 'primary',
          gatewayAddresses: [expect.stringMatching(/^198\.18\.1\./)],
        },
        {
          name: 'cluster2',
          network: 'network2',
          role: 'remote',
          gatewayAddresses: [expect.stringMatching(/^198\.18\.2\./)],
        },
      ],
    });
    // the latest install may be one that changed nothing and so had nothing to verify
    expect(status.steps.filter(({ state }) => state !== 'done' && state !== 'skipped')).toEqual([]);
    expect(status.steps.length).toBeGreaterThan(20);
    expect(Object.keys(status.steps[0] ?? {}).toSorted()).toEqual([
      'attempts',
      'cluster',
      'id',
      'kind',
      'reason',
      'since',
      'state',
      'title',
    ]);
  }, 60_000);

  test('tells afterwards who installed it and why', async () => {
    const { stdout } = await rig.meshwright('history', 'sandbox', '-o', 'json');
    const { operations } = JSON.parse(stdout) as {
      operations: { kind: string; by: string; reason: string; state: string }[];
    };
    expect(operations).toContainEqual(
      expect.objectContaining({
        kind: 'install',
        reason: 'first install',
        state: 'succeeded',
        by: expect.stringContaining('@'),
      }),
    );
  }, 60_000);

  test('holds one root, and an intermediate of its own in each cluster, as the guide of Istio describes them', async () => {
    const held = await Promise.all(
      ['cluster1', 'cluster2'].map(async (cluster) => {
        const [secret] = await rig.objects(
          cluster,
          'secrets',
          '-n',
          'istio-system',
          '--field-selector=metadata.name=cacerts',
        );
        const data = secret?.['data'] as { [key: string]: string };
        expect(Object.keys(data).toSorted()).toEqual([
          'ca-cert.pem',
          'ca-key.pem',
          'cert-chain.pem',
          'root-cert.pem',
        ]);
        const read = (key: string): X509Certificate =>
          new X509Certificate(Buffer.from(data[key] ?? '', 'base64'));
        return { ca: read('ca-cert.pem'), root: read('root-cert.pem') };
      }),
    );
    const [one, two] = held;
    expect(one?.root.fingerprint256).toBe(two?.root.fingerprint256);
    expect(one?.ca.fingerprint256).not.toBe(two?.ca.fingerprint256);
    for (const { ca, root } of held) {
      expect(ca.checkIssued(root) && ca.verify(root.publicKey)).toBe(true);
      expect(ca.ca).toBe(true);
      expect(ca.subjectAltName).toBe('DNS:istiod.istio-system.svc');
    }
  }, 60_000);

  test('changes no object when the same file is installed again', async () => {
    const before = await everyResourceVersion(rig);
    const { exitCode } = await rig.meshwright(
      'install',
      '-f',
      rig.meshFile,
      '--yes',
      '--reason',
      'again',
    );
    expect(exitCode).toBe(0);
    expect(await everyResourceVersion(rig)).toEqual(before);
    expect(Object.keys(before).length).toBeGreaterThan(100);
  }, 120_000);

  test('leaves no secret in histories, database, logs and output', async () => {
    const known = await secretsOf(rig);
    expect(known.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'root key of sandbox',
        'ca-key.pem of cluster1',
        'ca-key.pem of cluster2',
        'reader token of cluster2',
        expect.stringMatching(/^credentials of .+ in the worker's kubeconfig$/),
      ]),
    );
    const home = join(rig.dir, 'home');
    const files = [
      ...readdirSync(home)
        .filter((name) => name.startsWith('temporal.db'))
        .map((name) => join(home, name)),
      ...['temporal.log', 'worker.log'].map((name) => join(rig.dir, 'logs', name)),
    ];
    expect(files.length).toBeGreaterThan(2);
    const findings = files.flatMap((file) => findSecrets(file, readFileSync(file), known));
    const { stdout } = await rig.meshwright('history', 'sandbox', '-o', 'json');
    findings.push(...findSecrets('history', Buffer.from(stdout), known));
    findings.push(...findSecrets('output of commands', Buffer.from(rig.spoken.join('\n')), known));
    expect(findings).toEqual([]);
  }, 120_000);

  test('keeps the root key out of every cluster', async () => {
    const root = (await secretsOf(rig)).filter(({ name }) => name === 'root key of sandbox');
    expect(root).toHaveLength(1);
    for (const cluster of ['cluster1', 'cluster2']) {
      const everything = await rig.kubectl(
        cluster,
        'get',
        'secrets,configmaps',
        '-A',
        '-o',
        'json',
      );
      const values = Object.values(JSON.parse(everything) as object).flat() as {
        data?: { [key: string]: string };
      }[];
      const decoded = values
        .flatMap(({ data = {} }) => Object.values(data))
        .map((value) => Buffer.from(value, 'base64').toString('latin1'));
      const shaped = findSecrets(
        cluster,
        Buffer.from(`${everything}\n${decoded.join('\n')}`),
        root,
      );
      expect(shaped.filter((finding) => finding.includes('root key'))).toEqual([]);
    }
  }, 60_000);
});
