import { describe, expect, test } from '@jest/globals';
import {
  decide,
  freeAddress,
  policyFor,
  withFault,
} from '../../../sandbox/load-balancer-policy.ts';
import type { BalancedService, PolicyBook } from '../../../sandbox/load-balancer-policy.ts';

const fresh: BalancedService = {
  service: 'istio-system/gw',
  seenAtMs: 1000,
  alive: true,
  shown: true,
};
const placed: BalancedService = { ...fresh, address: '198.18.1.1' };
const book: PolicyBook = { all: { delayMs: 0 }, byService: new Map() };

describe('decide', () => {
  test('waits for the rest of the delay, counted from when the Service was seen', () => {
    expect(decide(fresh, { delayMs: 500 }, 1200)).toEqual({ type: 'wait', untilMs: 1500 });
    expect(decide(fresh, { delayMs: 500 }, 1500)).toEqual({ type: 'allocate' });
  });

  test('gives no address under never, but takes none away', () => {
    const never = { delayMs: 0, neverReason: 'quota' };
    expect(decide(fresh, never, 9999)).toEqual({ type: 'never', reason: 'quota' });
    expect(decide(placed, never, 9999)).toEqual({
      type: 'show',
      ingress: [{ ip: '198.18.1.1', ipMode: 'Proxy' }],
    });
  });

  test('shows a hostname with its placeholders filled in instead of the address', () => {
    const named = { delayMs: 0, hostname: '{service}.{namespace}.lb.test' };
    expect(decide(placed, named, 0)).toEqual({
      type: 'show',
      ingress: [{ hostname: 'gw.istio-system.lb.test' }],
    });
  });

  test('shows nothing for an address that is gone', () => {
    expect(decide({ ...placed, shown: false }, { delayMs: 0 }, 0)).toEqual({
      type: 'show',
      ingress: [],
    });
  });
});

describe('withFault', () => {
  test('narrows a fault to one Service and leaves the others', () => {
    const changed = withFault(book, { kind: 'lb-delay', delayMs: 900, service: 'a/b' });
    expect(policyFor(changed, 'a/b').delayMs).toBe(900);
    expect(policyFor(changed, 'a/c').delayMs).toBe(0);
  });

  test('lets a fault for all Services end the same fault of single ones, and no other', () => {
    const single = withFault(withFault(book, { kind: 'lb-delay', delayMs: 900, service: 'a/b' }), {
      kind: 'lb-hostname',
      name: 'x.lb.test',
      service: 'a/b',
    });
    const all = withFault(single, { kind: 'lb-delay', delayMs: 10 });
    expect(policyFor(all, 'a/b')).toMatchObject({ delayMs: 10, hostname: 'x.lb.test' });
  });

  test('ends never with the next delay', () => {
    const never = withFault(book, { kind: 'lb-never', reason: 'quota' });
    expect(
      policyFor(withFault(never, { kind: 'lb-delay', delayMs: 0 }), 'a/b').neverReason,
    ).toBeUndefined();
  });
});

test('freeAddress gives the lowest that is not taken, and none when all are', () => {
  expect(freeAddress('198.18.1', new Set(['198.18.1.1', '198.18.1.3']))).toBe('198.18.1.2');
  const all = new Set(Array.from({ length: 254 }, (_, index) => `198.18.1.${index + 1}`));
  expect(freeAddress('198.18.1', all)).toBeUndefined();
});
