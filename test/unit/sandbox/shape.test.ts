import { describe, expect, test } from '@jest/globals';
import { describeShape, layOutSandbox } from '../../../sandbox/shape.ts';

describe('layOutSandbox', () => {
  test('gives every cluster a network of its own by default', () => {
    const networks = layOutSandbox(3, 'separate').map(({ network }) => network);
    expect(networks).toEqual(['network1', 'network2', 'network3']);
  });

  test('puts all clusters on one network when flat', () => {
    expect(layOutSandbox(3, 'flat').map(({ network }) => network)).toEqual([
      'network1',
      'network1',
      'network1',
    ]);
  });

  test('takes one assignment per cluster, in any order', () => {
    const shape = layOutSandbox(3, 'cluster3=net-b,cluster1=net-a, cluster2=net-a');
    expect(shape.map(({ network }) => network)).toEqual(['net-a', 'net-a', 'net-b']);
  });

  test('gives no range twice, in ten clusters', () => {
    const ranges = layOutSandbox(10, 'flat').flatMap((cluster) => [
      cluster.podRange,
      cluster.serviceRange,
      cluster.nodeAddress,
      cluster.fabricAddress,
      cluster.loadBalancerPrefix,
    ]);
    expect(new Set(ranges).size).toBe(50);
  });

  test.each([
    [0, 'separate', '1 to 10'],
    [11, 'separate', '1 to 10'],
    [2, 'mixed', 'cannot read "mixed"'],
    [2, 'cluster1=a', 'no network for cluster2'],
    [2, 'cluster1=a,cluster3=b', 'there is no cluster3'],
    [2, 'cluster1=a,cluster1=b', 'cluster1 is named twice'],
    [1, 'cluster1=Net_A', 'cannot read "cluster1=Net_A"'],
  ])('refuses %d clusters on %s', (count, networks, message) => {
    expect(() => layOutSandbox(count, networks)).toThrow(message);
  });
});

test.each([
  [2, 'separate', '2 clusters on separate networks'],
  [1, 'separate', '1 cluster on separate networks'],
  [3, 'flat', '3 clusters on one flat network'],
  [
    3,
    'cluster1=a,cluster2=a,cluster3=b',
    '3 clusters, cluster1 on a, cluster2 on a, cluster3 on b',
  ],
])('describes %d clusters, %s', (count, networks, words) => {
  expect(describeShape(layOutSandbox(count, networks))).toBe(words);
});
