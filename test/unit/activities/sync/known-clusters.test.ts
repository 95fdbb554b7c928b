import { describe, expect, test } from '@jest/globals';
import { readClusterUid } from '../../../../activities/planning/cluster-uid.ts';
import { knownClusters } from '../../../../activities/sync/known-clusters.ts';
import { meshRecordObject } from '../../../../mesh/istio/mesh-record.ts';
import { type FakeCluster, fakeCluster, fakeClusters } from '../../../support/fake-cluster.ts';

const namespace = 'istio-system';
const EAST = { name: 'east', context: 'kind-east' };

/** What `kind-east` leads to; the members of the mesh that it remembers, one of which it may be itself. */
async function leadingTo(itself: string, members: string[]): Promise<FakeCluster> {
  const cluster = fakeCluster('east');
  const home = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' };
  cluster.update('kubernetes', home, (found) => found);
  if (members.length === 0) return cluster;
  const uid = await readClusterUid(cluster);
  const record = {
    members: members.map((name) => ({
      name,
      context: `kind-${name}`,
      uid: name === itself ? uid : `uid-${name}`,
    })),
    revision: null,
    trustDomain: 'cluster.local',
    topology: 'multicluster' as const,
  };
  await cluster.apply(meshRecordObject('prod', namespace, record));
  return cluster;
}

describe('a cluster that a sync opens', () => {
  test.each([
    ['is the one of that name', 'east', ['east', 'west']],
    ['remembers no mesh', 'west', []],
    ['is none of those that its mesh remembers', 'new', ['east', 'west']],
  ])('is opened when it %s', async (_, itself, members) => {
    const cluster = await leadingTo(itself, members);
    await expect(knownClusters(fakeClusters(cluster), namespace).open(EAST)).resolves.toBe(cluster);
  });

  test('is refused when it is another one of the mesh', async () => {
    const clusters = fakeClusters(await leadingTo('west', ['east', 'west']));
    await expect(knownClusters(clusters, namespace).open(EAST)).rejects.toMatchObject({
      type: 'PrecheckFailed',
      message: 'context kind-east of east leads to west of the mesh: nothing is written',
    });
  });

  test('is asked who it is once a minute, and when its server is another', async () => {
    const asked: string[] = [];
    const cluster = await leadingTo('east', ['east']);
    cluster.onRequest = (_, ref) => void asked.push(ref);
    let [atMs, server] = [0, 'https://one:6443'];
    const clusters = {
      open: async () => ({ ...cluster, server }),
    };
    const known = knownClusters(clusters, namespace, () => atMs);
    await known.open(EAST);
    await known.open(EAST);
    expect(asked).toHaveLength(2);
    server = 'https://two:6443';
    await known.open(EAST);
    expect(asked).toHaveLength(4);
    atMs = 60_001;
    await known.open(EAST);
    expect(asked).toHaveLength(6);
  });
});
