import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import type { VerifyReport } from '../../mesh/plan/verify-report.ts';
import { startImpatientInstall } from '../support/impatient-install.ts';
import { awaitTrue } from '../support/install-run.ts';
import { type MeshRig, raiseMeshRig } from '../support/mesh-rig.ts';
import { everyResourceVersion } from '../support/resource-versions.ts';
import { type ShapedCluster, shapeClusters } from '../support/shape-a-mesh.ts';
import { stateOfClusters } from '../support/state-digest/read-state.ts';

const NETWORKS: { [cluster: string]: string } = {
  cluster1: 'net-a',
  cluster2: 'net-a',
  cluster3: 'net-a',
  cluster4: 'net-b',
  cluster5: 'net-b',
};
const FIVE: { [cluster: string]: ShapedCluster } = {
  cluster1: { controlPlane: 'primary' },
  cluster2: { controlPlane: 'primary' },
  cluster3: { controlPlane: { remote: 'cluster1', discovery: 'loadBalancer' } },
  cluster4: { controlPlane: 'primary' },
  cluster5: { controlPlane: { remote: 'cluster4', discovery: 'gateway' } },
};

// In whichever order they run: every test brings the mesh to the shape that it looks at, which is a matter of seconds where it has it.
describe('two control planes and a remote on one network, and a third one with its remote on another, under a revision', () => {
  let rig: MeshRig;
  let untouched: string[];

  beforeAll(async () => {
    const networks = Object.entries(NETWORKS).map((pair) => pair.join('='));
    rig = await raiseMeshRig({
      clusters: 5,
      networks: networks.join(','),
      gateways: 'discovered',
    });
    untouched = await objectsIn('cluster3', 'cluster5');
  }, 600_000);

  afterAll(async () => {
    await rig.down();
  }, 180_000);

  async function objectsIn(...clusters: string[]): Promise<string[]> {
    return Object.keys(await everyResourceVersion(rig, clusters)).sort();
  }

  function meshOf(shape: { [cluster: string]: ShapedCluster }): string {
    return rig.editMesh((mesh) => {
      shapeClusters(mesh, shape);
      mesh.setIn(['spec', 'istio', 'revision'], 'canary');
    });
  }

  async function install(shape: { [cluster: string]: ShapedCluster }): Promise<string> {
    const file = meshOf(shape);
    await installFile(file);
    return file;
  }

  async function installFile(file: string): Promise<void> {
    const consent = ['--yes', '--confirm', 'sandbox'];
    const { exitCode, stderr } = await rig.meshwright('install', '-f', file, ...consent);
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
  }

  /** State of all clusters, in which load balancers have the names of their Services: they get another address when they are made again. */
  async function stateOfAll(): Promise<string> {
    const { clusters } = await rig.sandboxStatus();
    const balancers = clusters.flatMap(({ name, loadBalancers }) =>
      loadBalancers.flatMap(({ service, address }) =>
        address === null ? [] : [{ address, service: `<${name} ${service}>` }],
      ),
    );
    const state = await stateOfClusters(Object.keys(FIVE), rig.kubectl);
    return balancers.reduce(
      (text, { address, service }) => text.replaceAll(`"${address}"`, `"${service}"`),
      state,
    );
  }

  async function expectTraffic(clusters: string[]): Promise<void> {
    const { stdout } = await rig.meshwright('verify', 'sandbox', '-o', 'json');
    const { ok, pairs } = JSON.parse(stdout) as VerifyReport;
    expect(pairs.map(({ from, to, path }) => `${from} ${path} ${to}`)).toEqual(
      clusters.flatMap((from) =>
        clusters.map(
          (to) => `${from} ${NETWORKS[from] === NETWORKS[to] ? 'direct' : 'gateway'} ${to}`,
        ),
      ),
    );
    expect(ok).toBe(true);
  }

  async function remoteSecretsIn(cluster: string): Promise<string[]> {
    const secrets = await rig.objects(cluster, 'secrets', '-A', '-l', 'istio/multiCluster=true');
    return secrets.map(({ metadata }) => metadata.name.replace('istio-remote-secret-', '')).sort();
  }

  test('is answered from every cluster by every cluster, directly on one network and through gateways between them', async () => {
    await install(FIVE);
    await expectTraffic(Object.keys(FIVE));
  }, 600_000);

  test('holds in every control plane the remote secrets of all others and none of its own, and in remotes none', async () => {
    await install(FIVE);
    const others = (own: string): string[] => Object.keys(FIVE).filter((name) => name !== own);
    for (const [cluster, { controlPlane }] of Object.entries(FIVE)) {
      const held = await remoteSecretsIn(cluster);
      expect([cluster, held]).toEqual([cluster, controlPlane === 'primary' ? others(cluster) : []]);
    }
  }, 600_000);

  test('changes nothing when the same file is installed again', async () => {
    const file = await install(FIVE);
    const before = await everyResourceVersion(rig, Object.keys(FIVE));
    const { exitCode, stderr, stdout } = await rig.meshwright('install', '-f', file, '--yes');
    expect(exitCode).toBe(0);
    expect(stderr + stdout).toContain('nothing to change');
    expect(await everyResourceVersion(rig, Object.keys(FIVE))).toEqual(before);
  }, 600_000);

  test('is made without a control plane that is away and its remote, which join it when they are back', async () => {
    await install(FIVE);
    const undisturbed = await stateOfAll();
    const { cluster1 = {}, cluster2 = {} } = FIVE;
    await install({ cluster1, cluster2 });
    const bringBack = rig.cutOff('cluster4');
    const file = meshOf(FIVE);
    await startImpatientInstall(rig.server.env['TEMPORAL_ADDRESS'] ?? '', file);
    const installing = installFile(file);
    const status = async (): Promise<MeshStatus> =>
      JSON.parse((await rig.meshwright('status', 'sandbox', '-o', 'json')).stdout) as MeshStatus;
    const { clusters, operation } = await awaitTrue(
      status,
      ({ steps }) =>
        steps.some(({ id, state }) => id === 'cluster3/precheck' && state === 'done') &&
        steps.some(({ kind, state }) => kind === 'verifyTraffic' && state === 'done'),
      180_000,
    );
    expect(operation.state).toBe('running');
    expect(clusters.map(({ name, awaySince }) => [name, awaySince !== undefined])).toEqual(
      Object.keys(FIVE).map((name) => [name, name === 'cluster4' || name === 'cluster5']),
    );
    expect(await remoteSecretsIn('cluster1')).toEqual(['cluster2', 'cluster3']);
    expect(await objectsIn('cluster5')).toEqual(
      untouched.filter((object) => object.startsWith('cluster5')),
    );
    bringBack();
    await installing;
    // With the record of its verification, which is that of all five.
    expect(await stateOfAll()).toBe(undisturbed);
    expect(await remoteSecretsIn('cluster1')).toEqual([
      'cluster2',
      'cluster3',
      'cluster4',
      'cluster5',
    ]);
  }, 900_000);

  test('loses clusters that leave the file without a trace in them or in the others', async () => {
    await install(FIVE);
    const { cluster1 = {}, cluster2 = {}, cluster4 = {} } = FIVE;
    await install({ cluster1, cluster2, cluster4 });
    await expectTraffic(['cluster1', 'cluster2', 'cluster4']);
    expect(await objectsIn('cluster3', 'cluster5')).toEqual(untouched);
    expect(await remoteSecretsIn('cluster1')).toEqual(['cluster2', 'cluster4']);
    expect(await remoteSecretsIn('cluster4')).toEqual(['cluster1', 'cluster2']);
    const left = await rig.objects('cluster1', 'services', '-n', 'istio-system');
    expect(left.map(({ metadata }) => metadata.name)).not.toContain('istiod-elb-canary');
  }, 900_000);
});
