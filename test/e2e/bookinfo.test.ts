import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import { binomialBounds } from '../support/binomial-bounds.ts';
import {
  type Answer,
  deployBookinfo,
  type Outcomes,
  type Outsider,
  placeOutsider,
  REVIEWS_V2,
  routeBookinfo,
  serviceIn,
  tally,
} from '../support/bookinfo.ts';
import { awaitTrue } from '../support/install-run.ts';
import { type MeshRig, raiseMeshRig } from '../support/mesh-rig.ts';
import { everyResourceVersion } from '../support/resource-versions.ts';
import { type ShapedCluster, shapeClusters } from '../support/shape-a-mesh.ts';

const WEIGHTS: { [version: string]: number } = { v1: 0.33, v2: 0.33, v3: 0.34 };
const REQUESTS = 600;
/** Probability that routing which does as it is told fails one of the nine comparisons of a version's share at an ingress: below 1e-6. */
const FALSE_ALARM = 1e-6 / 9;
/** Answers of the third cluster that each loop waits for before it leaves. */
const LEAST_ANSWERS = 10;

const gateways: ShapedCluster['gateways'] = ['ingress'];
const THREE: { [cluster: string]: ShapedCluster } = {
  cluster1: { gateways },
  cluster2: { gateways },
  cluster3: { gateways },
};
const TWO = { cluster1: { gateways }, cluster2: { gateways } };

const reviewsOf = (answer: Answer): string => serviceIn(answer, 'reviews')?.version ?? 'none';
const detailsOf = (answer: Answer): string => serviceIn(answer, 'details')?.cluster ?? 'none';

// In whichever order they run: every test brings the mesh to the shape that it looks at.
describe('an application over three clusters, two of them on one network, with an ingress gateway in each', () => {
  let rig: MeshRig;
  let outsider: Outsider;
  let untouched: string[];

  beforeAll(async () => {
    rig = await raiseMeshRig({
      clusters: 3,
      networks: 'cluster1=network1,cluster2=network1,cluster3=network2',
    });
    untouched = await objectsOfCluster3();
    await install(TWO);
    outsider = await placeOutsider(rig, 'cluster1');
    await deployBookinfo(rig, 'cluster1');
    await deployBookinfo(rig, 'cluster2');
    await routeBookinfo(rig, 'cluster1');
  }, 600_000);

  afterAll(async () => {
    await rig.down();
  }, 180_000);

  async function objectsOfCluster3(): Promise<string[]> {
    return Object.keys(await everyResourceVersion(rig, ['cluster3'])).sort();
  }

  async function install(shape: { [cluster: string]: ShapedCluster }): Promise<void> {
    const file = rig.editMesh((mesh) => shapeClusters(mesh, shape, 'meshNetworks'));
    const consent = ['--yes', '--confirm', 'sandbox'];
    const { exitCode, stderr } = await rig.meshwright('install', '-f', file, ...consent);
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
  }

  /** Brings all three clusters and all of the application there, and answers the address of each ingress gateway. */
  async function installThree(): Promise<string[]> {
    await install(THREE);
    await deployBookinfo(rig, 'cluster3');
    const addresses = await ingressAddresses(['cluster1', 'cluster2', 'cluster3']);
    for (const address of addresses)
      await awaitTrue(
        () => outsider.ask(address, 30),
        ({ statuses, answers }) =>
          statuses.every((status) => status === '200') &&
          new Set(answers.map(reviewsOf)).size === 3,
      );
    return addresses;
  }

  async function ingressAddresses(clusters: string[]): Promise<string[]> {
    const { stdout } = await rig.meshwright('status', 'sandbox', '-o', 'json');
    const { clusters: found } = JSON.parse(stdout) as MeshStatus;
    expect(found.map(({ name, controlPlane }) => [name, controlPlane.state])).toEqual(
      clusters.map((name) => [name, 'Available']),
    );
    const addresses = found.map((cluster) => cluster.ingressAddresses.join(','));
    expect(addresses).toEqual(
      clusters.map((name) => expect.stringMatching(`^198\\.18\\.${name.slice(-1)}\\.\\d+$`)),
    );
    return addresses;
  }

  function expectNoFailure({ statuses, answers, complaints }: Outcomes, least: number): void {
    expect([tally(statuses, (status) => status), complaints]).toEqual([
      { 200: answers.length },
      [],
    ]);
    expect(answers.length).toBeGreaterThanOrEqual(least);
  }

  async function addressOfGateway(cluster: string): Promise<string> {
    const address = 'jsonpath={.status.loadBalancer.ingress[0].ip}';
    const service = ['service', '-n', 'istio-system', 'istio-eastwestgateway', '-o', address];
    return rig.kubectl(cluster, 'get', ...service);
  }

  test('answers every request at every ingress, with each version of reviews as often as routing says', async () => {
    for (const address of await installThree()) {
      const outcomes = await outsider.ask(address, REQUESTS);
      expectNoFailure(outcomes, REQUESTS);
      const shares = tally(outcomes.answers, reviewsOf);
      expect(Object.keys(shares).sort()).toEqual(Object.keys(WEIGHTS));
      for (const [version, weight] of Object.entries(WEIGHTS)) {
        const { least, most } = binomialBounds(outcomes.answers.length, weight, FALSE_ALARM);
        expect(shares[version]).toBeGreaterThanOrEqual(least);
        expect(shares[version]).toBeLessThanOrEqual(most);
      }
      const homes = outcomes.answers.map((answer) => serviceIn(answer, 'reviews'));
      expect(
        Object.keys(tally(homes, (home) => `${home?.version} in ${home?.cluster}`)).sort(),
      ).toEqual(['v1 in cluster1', 'v2 in cluster2', 'v3 in cluster3']);
      expect(Object.keys(tally(outcomes.answers, detailsOf)).sort()).toEqual([
        'cluster2',
        'cluster3',
      ]);
    }
  }, 600_000);

  test('answers who is named in a rule with the version of that rule, at every ingress', async () => {
    for (const address of await installThree()) {
      const outcomes = await outsider.ask(address, 60, REVIEWS_V2);
      expectNoFailure(outcomes, 60);
      expect(tally(outcomes.answers, reviewsOf)).toEqual({ v2: outcomes.answers.length });
    }
  }, 600_000);

  test('gains a cluster and loses it by edits of the file, and no request of the others fails meanwhile', async () => {
    await install(TWO);
    await rig.kubectl('cluster3', 'delete', 'namespace', 'bookinfo', '--ignore-not-found');
    const addresses = await ingressAddresses(['cluster1', 'cluster2']);
    for (const address of addresses)
      await awaitTrue(
        () => outsider.ask(address, 30, REVIEWS_V2),
        ({ statuses }) => statuses.every((status) => status === '200'),
      );
    const loops = await Promise.all(
      addresses.map((address) => outsider.askOnAndOn(address, REVIEWS_V2)),
    );

    await installThree();
    const gateway3 = await addressOfGateway('cluster3');
    expect(await meshNetworks()).toContain(gateway3);
    // Each loop must have been answered by the cluster that is about to go, or its leaving proves nothing.
    for (const loop of loops)
      await awaitTrue(
        () => loop.soFar(),
        ({ answers }) => (tally(answers, detailsOf)['cluster3'] ?? 0) >= LEAST_ANSWERS,
      );
    await install(TWO);

    expect(await meshNetworks()).not.toMatch(new RegExp(`cluster3|${gateway3}`));
    const secrets = await rig.objects('cluster1', 'secrets', '-A', '-l', 'istio/multiCluster=true');
    expect(secrets.map(({ metadata }) => metadata.name)).toEqual(['istio-remote-secret-cluster2']);
    for (const address of addresses) {
      const outcomes = await outsider.ask(address, 60, REVIEWS_V2);
      expectNoFailure(outcomes, 60);
      expect(tally(outcomes.answers, detailsOf)).toEqual({ cluster2: outcomes.answers.length });
    }
    for (const loop of loops) {
      const outcomes = await loop.stop();
      expectNoFailure(outcomes, 100);
      expect(tally(outcomes.answers, detailsOf)['cluster3']).toBeGreaterThanOrEqual(LEAST_ANSWERS);
    }
    await rig.kubectl('cluster3', 'delete', 'namespace', 'bookinfo');
    expect(await objectsOfCluster3()).toEqual(untouched);
  }, 900_000);

  async function meshNetworks(): Promise<string> {
    const text = 'jsonpath={.data.meshNetworks}';
    return rig.kubectl('cluster1', 'get', 'configmap', '-n', 'istio-system', 'istio', '-o', text);
  }
});
