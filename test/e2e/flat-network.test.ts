import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VerifyReport } from '../../mesh/plan/verify-report.ts';
import { type MeshRig, raiseMeshRig } from '../support/mesh-rig.ts';
import { type ShapedCluster, shapeClusters } from '../support/shape-a-mesh.ts';

type Discovery = 'podIP' | 'loadBalancer' | 'gateway';

const inSystem = ['-n', 'istio-system'];

// In whichever order they run: the first one installs, every other one changes the mesh that it finds into another shape.
describe('two clusters on one flat network', () => {
  let rig: MeshRig;

  beforeAll(async () => {
    rig = await raiseMeshRig({ networks: 'flat', gateways: 'discovered' });
  }, 300_000);

  afterAll(async () => {
    await rig.down();
  }, 120_000);

  async function install(
    cluster2: ShapedCluster,
    gateways?: 'discovered' | 'meshNetworks',
  ): Promise<string> {
    const file = rig.editMesh((mesh) =>
      shapeClusters(
        mesh,
        { cluster1: { controlPlane: 'primary' }, cluster2: { network: 'network1', ...cluster2 } },
        gateways,
      ),
    );
    const { exitCode, stderr } = await rig.meshwright('install', '-f', file, '--yes');
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    return file;
  }

  /** Every pair answers; from one cluster to the other the way is as wanted, which the clients' proxies say. */
  async function expectTraffic(across: 'direct' | 'gateway'): Promise<void> {
    const { stdout } = await rig.meshwright('verify', 'sandbox', '-o', 'json');
    const { ok, pairs } = JSON.parse(stdout) as VerifyReport;
    expect(pairs.map(({ from, to, path }) => [from, to, path])).toEqual([
      ['cluster1', 'cluster1', 'direct'],
      ['cluster1', 'cluster2', across],
      ['cluster2', 'cluster1', across],
      ['cluster2', 'cluster2', 'direct'],
    ]);
    expect(ok).toBe(true);
  }

  async function namesOf(cluster: string, kind: string, ...more: string[]): Promise<string[]> {
    const objects = await rig.objects(cluster, kind, ...inSystem, ...more);
    return objects.map(({ metadata }) => metadata.name).sort();
  }

  /** Addresses at which the remote's pods and API server look for istiod. */
  async function discoverySlice(): Promise<string[]> {
    const text = await rig.kubectl(
      'cluster2',
      ...['get', 'endpointslice', 'istiod', ...inSystem],
      ...['-o', 'jsonpath={.endpoints[*].addresses[0]}'],
    );
    return text.split(' ');
  }

  const ways: { [D in Discovery]: { services: string[]; address: string[] } } = {
    podIP: {
      services: ['istiod'],
      address: ['pods', '-l', 'app=istiod', '-o', 'jsonpath={.items[0].status.podIP}'],
    },
    loadBalancer: {
      services: ['istiod', 'istiod-elb'],
      address: ['service', 'istiod-elb', '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}'],
    },
    gateway: {
      services: ['istio-eastwestgateway', 'istiod'],
      address: [
        ...['service', 'istio-eastwestgateway', '-o'],
        'jsonpath={.status.loadBalancer.ingress[0].ip}',
      ],
    },
  };

  test.each(Object.keys(ways) as Discovery[])(
    'reach each other directly with one control plane, found by %s',
    async (discovery) => {
      const file = await install({ controlPlane: { remote: 'cluster1', discovery } });
      await expectTraffic('direct');
      const address = await rig.kubectl('cluster1', 'get', ...ways[discovery].address, ...inSystem);
      expect(await discoverySlice()).toEqual([address]);
      const services = await namesOf('cluster1', 'services');
      expect(services.filter((name) => !name.includes('revision-tag'))).toEqual(
        ways[discovery].services,
      );
      const again = await rig.meshwright('install', '-f', file, '--yes');
      expect(again.stderr + again.stdout).toContain('nothing to change');
    },
    300_000,
  );

  test('reach each other directly with a control plane in each, which know all clusters but their own', async () => {
    await install({ controlPlane: 'primary' });
    await expectTraffic('direct');
    for (const [cluster, other] of [
      ['cluster1', 'cluster2'],
      ['cluster2', 'cluster1'],
    ] as const) {
      expect(await namesOf(cluster, 'secrets', '-l', 'istio/multiCluster=true')).toEqual([
        `istio-remote-secret-${other}`,
      ]);
      expect(await namesOf(cluster, 'deployments')).toEqual(['istiod']);
    }
  }, 300_000);

  // Nothing separates the clusters; the file alone says that their pods do not reach each other.
  test.each(['discovered', 'meshNetworks'] as const)(
    'go through gateways once the file puts one of them on another network, gateways %s',
    async (gateways) => {
      const controlPlane = { remote: 'cluster1', discovery: 'gateway' };
      await install({ network: 'network2', controlPlane }, gateways);
      await expectTraffic('gateway');
      const networks = await rig.kubectl(
        'cluster1',
        ...['get', 'configmap', 'istio', ...inSystem, '-o', 'jsonpath={.data.meshNetworks}'],
      );
      if (gateways === 'discovered') expect(networks).not.toContain('address');
      else expect(networks.match(/address: 198\.18\.\d\.\d+/g)).toHaveLength(2);
    },
    300_000,
  );
});
