import { expect, test } from '@jest/globals';
import { failureOfAnswer } from '../../../../activities/adapters/api-failure.ts';
import { pauseBeforeResend, retryAfterOf } from '../../../../activities/adapters/resend.ts';
import { createRetryBudget } from '../../../../activities/adapters/retry-budget.ts';
import { backoffMs } from '../../../../activities/attempt/backoff.ts';

const INTENT = {
  cluster: 'east',
  context: 'admin',
  server: 'https://east:6443',
  verb: 'patch',
  target: 'Service istio-system/istiod',
};

/** Pause after the first try that was answered so; null when the failure is told. */
function pauseAfter(code: number, message = '', retryAfterMs?: number): number | null {
  const failure = failureOfAnswer(INTENT, code, { message }, retryAfterMs);
  return pauseBeforeResend(code, failure, 1, 0);
}

test.each([429, 500, 502, 503, 504])('what was answered with %i is sent again', (code) => {
  expect(pauseAfter(code)).toBeGreaterThan(0);
});

test.each([
  [400, ''],
  [401, ''],
  [403, ''],
  [404, ''],
  [409, ''],
  [422, ''],
  [500, 'failed to create typed patch object: .spec.foo: field not declared in schema'],
  [500, 'failed calling webhook "rev.validation.istio.io": context deadline exceeded'],
  [500, 'etcdserver: mvcc: database space exceeded'],
])('what was answered with %i "%s" is not', (code, message) => {
  expect(pauseAfter(code, message)).toBeNull();
});

test('no try comes before the API server said, and long waits are the step’s', () => {
  expect(pauseAfter(429, '', 1_500)).toBe(1_500);
  expect(pauseAfter(503, '', 2_000)).toBe(2_000);
  expect(pauseAfter(429, '', 2_001)).toBeNull();
});

test('the fifth try is the last, and so is one after ten seconds', () => {
  const failure = failureOfAnswer(INTENT, 503, {});
  expect(pauseBeforeResend(503, failure, 4, 0)).not.toBeNull();
  expect(pauseBeforeResend(503, failure, 5, 0)).toBeNull();
  expect(pauseBeforeResend(503, failure, 2, 10_000)).toBeNull();
});

test('pauses double, half of them is chance, none is longer than two seconds', () => {
  for (const [tries, most] of [
    [1, 100],
    [2, 200],
    [4, 800],
    [9, 2_000],
  ] as const) {
    const pauses = Array.from({ length: 50 }, () => backoffMs(tries));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(most);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(most / 2);
    expect(new Set(pauses).size).toBeGreaterThan(10);
  }
});

test('a Retry-After in seconds is understood, any other is none', () => {
  expect(retryAfterOf('7')).toBe(7_000);
  expect(retryAfterOf(undefined)).toBeUndefined();
  expect(retryAfterOf('Wed, 21 Oct 2026 07:28:00 GMT')).toBeUndefined();
  expect(retryAfterOf('-1')).toBeUndefined();
});

test('twenty requests are sent again at once, and one more for every two that end well', () => {
  const budget = createRetryBudget();
  const spent = (): number => {
    let count = 0;
    while (budget.spend()) count += 1;
    return count;
  };
  for (let index = 0; index < 100; index += 1) budget.earn();
  expect(spent()).toBe(20);
  for (let index = 0; index < 7; index += 1) budget.earn();
  expect(spent()).toBe(3);
});
