import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import { awaitTrue } from '../support/install-run.ts';
import { type MeshRig, raiseMeshRig } from '../support/mesh-rig.ts';
import { everyResourceVersion } from '../support/resource-versions.ts';

const OURS = {
  'app.kubernetes.io/managed-by': 'meshwright',
  'meshwright.dev/mesh': 'sandbox',
  'istio/multiCluster': 'true',
};

/** Objects of somebody else that look like those of a mesh: their names, their labels, or both. */
function decoys(): object[] {
  const named = (kind: string, name: string, more: object = {}, labels: object = OURS): object => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'decoys', labels },
    ...more,
  });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'decoys' } },
    named('ConfigMap', 'meshwright-mesh', { data: { record: '{"members":[]}' } }),
    named('ConfigMap', 'istio', { data: { mesh: 'mine' } }),
    named('ConfigMap', 'istio-leader', { data: { a: 'b' } }, {}),
    named('Secret', 'cacerts', { stringData: { 'ca-key.pem': 'none' } }),
    named('Secret', 'istio-remote-secret-cluster2', { stringData: { cluster2: 'none' } }),
    named('ServiceAccount', 'istio-reader-service-account'),
    named('Service', 'istio-eastwestgateway', { spec: { ports: [{ port: 15443 }] } }),
    {
      ...named('ConfigMap', 'istio-ca-root-cert', { data: { 'root-cert.pem': 'mine' } }),
      metadata: { name: 'istio-ca-root-cert', namespace: 'kube-public' },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'istio-reader-clusterrole-decoys', labels: OURS },
      rules: [],
    },
  ];
}

/** A system namespace that was there before the mesh, with something in it. */
const HOME = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'istio-system', labels: { team: 'platform' } },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'notes', namespace: 'istio-system', labels: OURS },
    data: { a: 'b' },
  },
];

const CLUSTERS = ['cluster1', 'cluster2'];
const CONSENT = ['--yes', '--confirm', 'sandbox', '--crds'];

// In whichever order they run: every test begins and ends with clusters that know no mesh.
describe('a mesh of two clusters, whose primary had its system namespace before', () => {
  let rig: MeshRig;
  let before: { [cluster: string]: string[] } = {};
  let versions: { [object: string]: string };

  beforeAll(async () => {
    rig = await raiseMeshRig({ gateways: 'discovered' });
    for (const cluster of CLUSTERS) {
      const file = join(rig.dir, `decoys-${cluster}.json`);
      const items = [...decoys(), ...(cluster === 'cluster1' ? HOME : [])];
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      await rig.kubectl(cluster, 'apply', '-f', file);
    }
    before = { cluster1: await objectsOf('cluster1'), cluster2: await objectsOf('cluster2') };
    versions = await decoyVersions();
  }, 300_000);

  afterAll(async () => {
    await rig.down();
  }, 120_000);

  async function objectsOf(cluster: string): Promise<string[]> {
    return Object.keys(await everyResourceVersion(rig, [cluster])).sort();
  }

  /** Versions of the decoys: the same as long as nobody has touched one. */
  async function decoyVersions(): Promise<{ [object: string]: string }> {
    const all = await everyResourceVersion(rig, CLUSTERS);
    return Object.fromEntries(
      Object.entries(all).filter(([object]) => /decoys|notes/.test(object)),
    );
  }

  /** What garbage collection still takes away is no trace. */
  async function expectNoTraceIn(cluster: string): Promise<void> {
    const expected = JSON.stringify(before[cluster]);
    await awaitTrue(
      () => objectsOf(cluster),
      (found) => JSON.stringify(found) === expected,
    ).catch(() => undefined);
    expect(await objectsOf(cluster)).toEqual(before[cluster]);
  }

  async function expectNoTrace(): Promise<void> {
    for (const cluster of CLUSTERS) await expectNoTraceIn(cluster);
    expect(await decoyVersions()).toEqual(versions);
    const [home] = await rig.objects(
      'cluster1',
      ...['namespaces', '--field-selector=metadata.name=istio-system'],
    );
    expect(home?.metadata).toMatchObject({
      labels: { 'kubernetes.io/metadata.name': 'istio-system', team: 'platform' },
    });
    expect(Object.keys(home?.metadata.labels ?? {})).toHaveLength(2);
    // Locks of leaders move by themselves and are in no list of objects: istiod's must be gone all the same.
    const kept = await rig.objects('cluster1', 'configmaps,leases', '-n', 'istio-system');
    expect(kept.map(({ metadata }) => metadata.name).sort()).toEqual(['kube-root-ca.crt', 'notes']);
  }

  async function install(): Promise<void> {
    const { exitCode, stderr } = await rig.meshwright('install', '-f', rig.meshFile, '--yes');
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
  }

  async function status(): Promise<MeshStatus> {
    const { stdout } = await rig.meshwright('status', 'sandbox', '-o', 'json');
    return JSON.parse(stdout) as MeshStatus;
  }

  test('leaves no trace when it is uninstalled, though the worker is killed on the way, and decoys are as they were', async () => {
    await install();
    const uninstall = rig.meshwright('uninstall', 'sandbox', ...CONSENT, '--reason', 'moved');
    await awaitTrue(status, ({ operation, steps }) =>
      steps.some(
        ({ id, state }) =>
          operation.kind === 'uninstall' &&
          id === 'cluster2/remove-cluster' &&
          (state === 'running' || state === 'waiting'),
      ),
    );
    await rig.server.killWorker();
    rig.server.startWorker();
    const { exitCode, stdout, stderr } = await uninstall;
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    expect(stdout).toContain('uninstall succeeded');
    expect(stdout).toContain('the key of the root of mesh sandbox stays on the worker');
    await expectNoTrace();

    const seen = await rig.meshwright('status', 'sandbox');
    expect(seen.stdout).toMatch(/^sandbox {3}uninstalled .* by .*: "moved"/);
    const again = await rig.meshwright('uninstall', 'sandbox', ...CONSENT);
    expect([again.exitCode, again.stdout]).toEqual([
      0,
      expect.stringContaining('there was nothing to remove'),
    ]);
    const verify = await rig.meshwright('verify', 'sandbox');
    expect([verify.exitCode, verify.stderr]).toEqual([
      1,
      expect.stringContaining('was uninstalled'),
    ]);
  }, 600_000);

  test('is gone from the others when a cluster cannot be reached, and from that one by the next uninstall', async () => {
    await install();
    // Paused, not stopped: after a stop its kubelet needs a minute before it ends pods again.
    await rig.fault('cluster2', 'api', 'pause');
    const first = await rig.meshwright('uninstall', 'sandbox', ...CONSENT, '--leave-after', '5s');
    expect([first.exitCode, first.stderr]).toEqual([1, expect.stringContaining('uninstalled in')]);
    expect(first.stderr).toContain('but for cluster2');
    expect(first.stderr).toContain('meshwright uninstall sandbox');
    await expectNoTraceIn('cluster1');
    expect((await status()).clusters.map(({ controlPlane }) => controlPlane.state)).toEqual([
      'Removed',
      'LeftBehind',
    ]);

    await rig.fault('cluster2', 'clear');
    const second = await rig.meshwright('uninstall', 'sandbox', ...CONSENT);
    expect([second.exitCode, second.exitCode === 0 ? '' : second.stderr]).toEqual([0, '']);
    await expectNoTrace();
  }, 600_000);
});
