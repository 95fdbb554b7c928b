import { describe, expect, test } from '@jest/globals';
import { createCreateCaSecret, ROOT_CA_SECRET } from '../../../activities/trust/ca-secret.ts';
import { secretData } from '../../../activities/trust/secret-data.ts';
import type { StepPorts } from '../../../activities/ports/step-ports.ts';
import type { StepInputs } from '../../../mesh/plan/step-inputs.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts, fakeTrustStore } from '../../support/fake-ports.ts';

type Input = StepInputs['createCaSecret'];

const cacerts = { apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 'cacerts' };
const input = (cluster: string, more: Partial<Input> = {}): Input => ({
  cluster: { name: cluster, context: cluster },
  mesh: 'prod',
  namespace: 'istio-system',
  trust: { source: 'generated', home: null },
  home: null,
  rootFingerprint: null,
  ...more,
});

async function filesOf(cluster: FakeCluster): Promise<{ [file: string]: string }> {
  return secretData(await cluster.read(cacerts));
}

function rootOf(ports: StepPorts, files: { [file: string]: string }): string | null {
  const verdict = ports.certificates.verifyCacerts(files);
  return verdict.ok ? verdict.root.fingerprint : null;
}

describe('the CA secret', () => {
  test('brings clusters under one root, also when both are made at once', async () => {
    const [one, two] = [fakeCluster('cluster1'), fakeCluster('cluster2')];
    const ports = fakePorts([one, two]);
    const create = createCreateCaSecret(ports);
    await Promise.all([create(input('cluster1')), create(input('cluster2'))]);
    const roots = [rootOf(ports, await filesOf(one)), rootOf(ports, await filesOf(two))];
    expect(roots[0]).not.toBeNull();
    expect(roots[0]).toBe(roots[1]);
    expect((await filesOf(one))['ca-key.pem']).not.toBe((await filesOf(two))['ca-key.pem']);
  });

  test('is kept as it is on every re-run', async () => {
    const cluster = fakeCluster('cluster1');
    const create = createCreateCaSecret(fakePorts([cluster]));
    await create(input('cluster1'));
    const before = await cluster.read(cacerts);
    const outcome = await create(input('cluster1'));
    expect(outcome.changed).toBe(0);
    expect(outcome.summary).toMatch(/^cacerts kept/);
    expect(await cluster.read(cacerts)).toEqual(before);
  });

  test('is that of the first of two twins', async () => {
    const cluster = fakeCluster('cluster1');
    const create = createCreateCaSecret(fakePorts([cluster]));
    const outcomes = await Promise.all([create(input('cluster1')), create(input('cluster1'))]);
    expect(outcomes.map(({ changed }) => changed).sort()).toEqual([0, 1]);
  });

  test("is refused under another root than the mesh's, and never overwritten", async () => {
    const cluster = fakeCluster('cluster1');
    await createCreateCaSecret(fakePorts([cluster]))(input('cluster1'));
    const before = await filesOf(cluster);
    const other = fakeTrustStore();
    const ports = fakePorts([cluster], { trustStore: other });
    await other.keepRoot('prod', await ports.certificates.createRoot());
    await expect(createCreateCaSecret(ports)(input('cluster1'))).rejects.toMatchObject({
      type: 'TrustMismatch',
    });
    expect(await filesOf(cluster)).toEqual(before);
  });

  test('that is incomplete is refused with the file that is missing', async () => {
    const cluster = fakeCluster('cluster1');
    await createCreateCaSecret(fakePorts([cluster]))(input('cluster1'));
    cluster.update('kubectl', cacerts, (secret) => {
      const data = (secret as unknown as { data: { [key: string]: string } }).data;
      return {
        ...secret,
        data: Object.fromEntries(Object.entries(data).filter(([key]) => key !== 'ca-key.pem')),
      };
    });
    await expect(
      createCreateCaSecret(fakePorts([cluster]))(input('cluster1')),
    ).rejects.toMatchObject({
      type: 'TrustMismatch',
      message: expect.stringContaining('ca-key.pem'),
    });
  });

  test('is not made under a new root when other clusters trust one whose key is elsewhere', async () => {
    const cluster = fakeCluster('cluster2');
    const trustStore = fakeTrustStore();
    const create = createCreateCaSecret(fakePorts([cluster], { trustStore }));
    await expect(create(input('cluster2', { rootFingerprint: 'abc' }))).rejects.toMatchObject({
      type: 'TrustMismatch',
    });
    expect([trustStore.roots.size, cluster.writes.length]).toEqual([0, 0]);
  });

  test('is missing where the user was to bring it', async () => {
    const cluster = fakeCluster('cluster1');
    const existing = input('cluster1', { trust: { source: 'existing' } });
    await expect(createCreateCaSecret(fakePorts([cluster]))(existing)).rejects.toMatchObject({
      type: 'PrecheckFailed',
    });
    expect(cluster.writes).toEqual([]);
  });

  test("comes from a root in the home cluster, whose key reaches no other cluster and not the worker's store", async () => {
    const [home, other] = [fakeCluster('home'), fakeCluster('cluster2')];
    const trustStore = fakeTrustStore();
    const ports = fakePorts([home, other], { trustStore });
    const create = createCreateCaSecret(ports);
    const atHome = {
      trust: { source: 'generated', home: 'home' } as const,
      home: { name: 'home', context: 'home' },
    };
    await Promise.all([create(input('home', atHome)), create(input('cluster2', atHome))]);
    const root = secretData(await home.read({ ...cacerts, name: ROOT_CA_SECRET }));
    expect(rootOf(ports, await filesOf(other))).toBe(
      ports.certificates.readCertificate(root['root-cert.pem'] ?? '').fingerprint,
    );
    expect(trustStore.roots.size).toBe(0);
    const elsewhere = JSON.stringify(other.all());
    expect(elsewhere).not.toContain(Buffer.from(root['root-key.pem'] ?? '').toString('base64'));
  });

  test('says nothing of keys in its outcome', async () => {
    const outcome = await createCreateCaSecret(fakePorts([fakeCluster('cluster1')]))(
      input('cluster1'),
    );
    expect(JSON.stringify(outcome)).not.toMatch(/PRIVATE|BEGIN/);
  });
});
