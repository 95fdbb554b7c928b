import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VerifyReport } from '../../mesh/plan/verify-report.ts';
import { type MeshRig, raiseMeshRig } from '../support/mesh-rig.ts';
import { shapeClusters } from '../support/shape-a-mesh.ts';

const inSystem = ['-n', 'istio-system'];
const HOST = 'gw1.lb.test';

function named(name: string, revision: string | null): string {
  return name.replace('istiod', revision === null ? 'istiod' : `istiod-${revision}`);
}

// In whichever order they run: each test installs over what it finds.
describe.each([
  ['the default revision', null],
  ['a revision', 'canary'],
])(
  'a remote of %s on a network of its own, whose primary is found by a host name',
  (_, revision) => {
    let rig: MeshRig;

    beforeAll(async () => {
      rig = await raiseMeshRig({ gateways: 'discovered' });
      await rig.fault(
        'cluster1',
        ...['lb-hostname', HOST, '--service', 'istio-system/istio-eastwestgateway'],
      );
    }, 300_000);

    afterAll(async () => {
      await rig.down();
    }, 120_000);

    async function install(injector: 'primary' | 'local'): Promise<string> {
      const file = rig.editMesh((mesh) => {
        shapeClusters(mesh, {
          cluster1: { controlPlane: 'primary' },
          cluster2: { controlPlane: { remote: 'cluster1', injector } },
        });
        if (revision !== null) mesh.setIn(['spec', 'istio', 'revision'], revision);
      });
      const { exitCode, stderr } = await rig.meshwright('install', '-f', file, '--yes');
      expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
      return file;
    }

    async function expectTraffic(): Promise<void> {
      const { stdout } = await rig.meshwright('verify', 'sandbox', '-o', 'json');
      const { ok, pairs } = JSON.parse(stdout) as VerifyReport;
      expect([ok, pairs.map(({ from, to }) => `${from} ${to}`)]).toEqual([
        true,
        ['cluster1 cluster1', 'cluster1 cluster2', 'cluster2 cluster1', 'cluster2 cluster2'],
      ]);
    }

    /** Addresses behind Service `istiod` of the remote, whoever wrote them. */
    async function injectorAddresses(): Promise<string[]> {
      const label = `kubernetes.io/service-name=${named('istiod', revision)}`;
      const slices = await rig.objects('cluster2', 'endpointslices', ...inSystem, '-l', label);
      return slices.flatMap((slice) =>
        (slice['endpoints'] as { addresses: string[] }[]).flatMap(({ addresses }) => addresses),
      );
    }

    async function istiodPods(): Promise<string[]> {
      const pods = await rig.objects('cluster2', 'pods', ...inSystem, '-l', 'app=istiod');
      return pods.map((pod) => (pod['status'] as { podIP: string }).podIP);
    }

    test('injects by itself when the file says so, and lets its own DNS find the primary', async () => {
      await install('primary');
      await expectTraffic();
      const file = await install('local');
      await expectTraffic();
      const [remote] = await rig.objects(
        'cluster2',
        ...['services', ...inSystem],
        `--field-selector=metadata.name=${named('istiod-remote', revision)}`,
      );
      expect(remote).toMatchObject({ spec: { type: 'ExternalName', externalName: HOST } });
      // nothing of the time before is left behind the injector's Service
      expect(await injectorAddresses()).toEqual(await istiodPods());
      const again = await rig.meshwright('install', '-f', file, '--yes');
      expect(again.stderr + again.stdout).toContain('nothing to change');
    }, 300_000);

    test('is served by its primary again when the file says so', async () => {
      await install('local');
      await install('primary');
      await expectTraffic();
      expect(await istiodPods()).toEqual([]);
      expect(await injectorAddresses()).toEqual([expect.stringMatching(/^198\.18\.1\./)]);
    }, 300_000);
  },
);
