import { describe, expect, test } from '@jest/globals';
import { endpointAddresses, type PathFacts, withPaths } from '../../../../mesh/istio/pair-paths.ts';
import type { VerifyPair } from '../../../../mesh/plan/verify-report.ts';

const pair = (from: string, to: string, ok = true): VerifyPair => ({
  from,
  to,
  ok,
  requests: 20,
  answers: ok ? 10 : 0,
  reason: ok ? null : 'no answer',
});
const facts = (network2: string, endpoints: string[]): PathFacts => ({
  endpoints: { cluster1: endpoints },
  pods: { cluster1: '10.241.0.5', cluster2: '10.242.0.5' },
  networks: { cluster1: 'network1', cluster2: network2 },
});

describe('the way of a pair', () => {
  test('is read from Envoy’s clusters, IPv4 and IPv6, each address once', () => {
    const line = (host: string, rest: string): string =>
      `outbound|80||echo.verify.svc.cluster.local::${host}:8080::${rest}`;
    const text = [
      line('10.241.0.5', 'cx_active::0'),
      line('10.241.0.5', 'health_flags::healthy'),
      line('[fd00::7]', 'cx_active::0'),
      'outbound|80||echo.verify.svc.cluster.local::observability_name::outbound|80||echo',
    ];
    expect(endpointAddresses(text.join('\n'))).toEqual(['10.241.0.5', 'fd00::7']);
  });

  test('is direct where the proxy has the address of the pod itself, through a gateway where it has another', () => {
    const pairs = [pair('cluster1', 'cluster1'), pair('cluster1', 'cluster2')];
    const ways = (network2: string, endpoints: string[]): unknown[] =>
      withPaths(pairs, facts(network2, endpoints)).map(({ path, ok }) => [path, ok]);
    expect(ways('network1', ['10.241.0.5', '10.242.0.5'])).toEqual([
      ['direct', true],
      ['direct', true],
    ]);
    expect(ways('network2', ['10.241.0.5', '198.18.2.1'])).toEqual([
      ['direct', true],
      ['gateway', true],
    ]);
  });

  test('that contradicts the networks makes the pair bad, with the reason', () => {
    const reasonOf = (network2: string, endpoints: string[]): string | null | undefined =>
      withPaths([pair('cluster1', 'cluster2')], facts(network2, endpoints))[0]?.reason;
    expect(reasonOf('network1', ['10.241.0.5', '198.18.2.1'])).toBe(
      'cluster1 reaches cluster2 through a gateway, although both are on network network1',
    );
    expect(reasonOf('network2', ['10.241.0.5', '10.242.0.5'])).toContain(
      'istiod knows no gateway of network2',
    );
  });

  test('says nothing new of a pair that does not answer, and nothing where nothing was seen', () => {
    const bad = pair('cluster1', 'cluster2', false);
    expect(withPaths([bad], facts('network2', ['10.242.0.5']))[0]).toMatchObject({
      ok: false,
      reason: 'no answer',
    });
    expect(withPaths([pair('cluster1', 'cluster2')], facts('network2', []))).toEqual([
      pair('cluster1', 'cluster2'),
    ]);
  });
});
