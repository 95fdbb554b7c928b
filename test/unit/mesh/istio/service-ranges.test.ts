import { describe, expect, test } from '@jest/globals';
import { serviceRanges, sharedRange } from '../../../../mesh/istio/service-ranges.ts';

describe('ranges of Services', () => {
  test.each([
    ['10.97.0.0/16', '10.98.0.0/16', null],
    ['10.96.0.0/12', '10.98.0.0/16', '10.96.0.0/12 and 10.98.0.0/16'],
    ['10.98.0.0/16', '10.96.0.0/12', '10.98.0.0/16 and 10.96.0.0/12'],
    ['10.96.0.1/32', '10.96.0.1/32', '10.96.0.1/32'],
    ['10.96.0.1/32', '10.96.0.0/16', '10.96.0.1/32 and 10.96.0.0/16'],
    ['0.0.0.0/0', '10.96.0.0/16', '0.0.0.0/0 and 10.96.0.0/16'],
    ['fd00:97::/108', 'fd00:98::/108', null],
    ['fd00:97::/108', 'fd00:97::1/128', 'fd00:97::/108 and fd00:97::1/128'],
    ['::/0', '10.96.0.0/16', null],
    ['10.300.0.0/16', '10.300.0.0/16', null],
    ['nonsense', 'nonsense', null],
  ])('%s and %s share %s', (one, two, shared) => {
    expect(sharedRange([one], [two])).toBe(shared);
  });

  test('are looked for among all of both clusters', () => {
    expect(sharedRange(['10.1.0.0/16', 'fd00::/64'], ['10.2.0.0/16', 'fd00::/64'])).toBe(
      'fd00::/64',
    );
  });

  test('are the cluster’s own where it tells them, else the one address that is known', () => {
    const range = (cidrs: string[]): Parameters<typeof serviceRanges>[0][number] => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'kubernetes' },
      spec: { cidrs },
    });
    const kubernetes = (clusterIP: string): Parameters<typeof serviceRanges>[1] => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kubernetes', namespace: 'default' },
      spec: { clusterIP },
    });
    expect(serviceRanges([range(['fd00::/108', '10.97.0.0/16'])], null)).toEqual([
      '10.97.0.0/16',
      'fd00::/108',
    ]);
    expect(serviceRanges([], kubernetes('10.96.0.1'))).toEqual(['10.96.0.1/32']);
    expect(serviceRanges([], kubernetes('fd00::1'))).toEqual(['fd00::1/128']);
    expect(serviceRanges([], null)).toEqual([]);
  });
});
