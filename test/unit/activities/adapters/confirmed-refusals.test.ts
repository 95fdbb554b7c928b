import { expect, test } from '@jest/globals';
import type { ApiCall, ApiConnection } from '../../../../activities/adapters/api-connection.ts';
import { failureOfAnswer } from '../../../../activities/adapters/api-failure.ts';
import { confirmRefusals } from '../../../../activities/adapters/confirmed-refusals.ts';
import { failureOf } from '../../../support/test-clusters.ts';

const intentOf: ApiConnection['intentOf'] = (intent) => ({
  ...intent,
  cluster: 'east',
  context: 'admin',
  server: 'https://east:6443',
});
const call: ApiCall = {
  method: 'PATCH',
  permit: null,
  path: '/apis/apps/v1/namespaces/istio-system/deployments/istiod',
  intent: { verb: 'patch', target: 'Deployment istio-system/istiod' },
  repeatable: true,
};
const REFUSAL =
  'deployments.apps "istiod" is forbidden: User "u" cannot patch resource "deployments/scale" in API group "apps" in the namespace "istio-system"';

/** A connection that refuses every call but reviews, which `review` answers; what was asked is kept. */
function refusing(message: string, review: () => boolean): [ApiConnection, unknown[]] {
  const asked: unknown[] = [];
  const connection: ApiConnection = {
    intentOf,
    credentials: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
    stream: () => Promise.reject(failureOfAnswer(intentOf(call.intent), 403, { message })),
    send: ({ path, body, intent }) => {
      if (!path.endsWith('/selfsubjectaccessreviews'))
        return Promise.reject(failureOfAnswer(intentOf(intent), 403, { message }));
      asked.push((body as { spec: { resourceAttributes: unknown } }).spec.resourceAttributes);
      return Promise.resolve({ code: 201, body: { status: { allowed: review() } }, at: null });
    },
  };
  return [confirmRefusals(connection), asked];
}

test('a missing permission is asked about, with group and part, and told in words', async () => {
  const [connection, asked] = refusing(REFUSAL, () => false);
  expect(await failureOf(connection.send(call))).toMatchObject({
    type: 'Forbidden',
    message: `east: cannot patch Deployment istio-system/istiod: ${REFUSAL}`,
    details: { lines: ['patch deployments/scale.apps in namespace istio-system'] },
  });
  expect(asked).toEqual([
    {
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      verb: 'patch',
      namespace: 'istio-system',
    },
  ]);
});

test('a permission that is there by now is a change in between, for watches too', async () => {
  const [connection] = refusing(REFUSAL, () => true);
  const { signal } = new AbortController();
  for (const refused of [connection.send(call), connection.stream(call, signal)])
    expect((await failureOf(refused)).type).toBe('ConcurrentChange');
});

test('a refusal that cannot be confirmed stays one', async () => {
  const [connection] = refusing(REFUSAL, () => {
    throw failureOfAnswer(intentOf(call.intent), 503, {});
  });
  expect((await failureOf(connection.send(call))).type).toBe('Forbidden');
});

test("a refused token of another account is not asked about with the worker's own", async () => {
  const [connection, asked] = refusing(REFUSAL, () => true);
  expect((await failureOf(connection.send({ ...call, token: 'theirs' }))).type).toBe('Forbidden');
  expect(asked).toEqual([]);
});

test('the refusal of a quota is not asked about', async () => {
  const [connection, asked] = refusing('pods "p" is forbidden: exceeded quota: q', () => true);
  expect((await failureOf(connection.send(call))).type).toBe('QuotaExceeded');
  expect(asked).toEqual([]);
});
