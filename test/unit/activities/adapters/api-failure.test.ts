import { expect, test } from '@jest/globals';
import { failureOfAnswer } from '../../../../activities/adapters/api-failure.ts';
import {
  connectionBroke,
  failureOfError,
} from '../../../../activities/adapters/connection-failure.ts';

const intent = {
  cluster: 'east',
  context: 'admin',
  server: 'https://east:6443',
  verb: 'patch',
  target: 'Service istio-system/istiod',
};

test.each([
  [401, {}, 'Unauthorized'],
  [403, { message: 'services is forbidden' }, 'Forbidden'],
  [
    403,
    {
      message: 'unable to create new content in namespace x because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    },
    'ConcurrentChange',
  ],
  [
    403,
    { message: 'admission webhook "policy.example.com" denied the request: no' },
    'PolicyDenied',
  ],
  [
    403,
    { message: 'configmaps "x" is forbidden: exceeded quota: few, requested: count/configmaps=1' },
    'QuotaExceeded',
  ],
  [
    403,
    { message: 'pods "x" is forbidden: failed quota: q: must specify limits.cpu' },
    'QuotaExceeded',
  ],
  [403, { message: 'pods "x" is forbidden: status unknown for quota: q' }, 'ApiUnavailable'],
  [403, { message: 'pods "x" is forbidden: violates PodSecurity "baseline"' }, 'PolicyDenied'],
  [
    422,
    {
      message:
        "deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
    },
    'PolicyDenied',
  ],
  [403, { message: 'pods "x" is forbidden: maximum cpu usage per Container is 1' }, 'PolicyDenied'],
  [
    403,
    { message: 'secrets is forbidden: User "u" cannot list resource "secrets" in API group ""' },
    'Forbidden',
  ],
  [
    403,
    {
      message:
        'roles "x" is forbidden: user "u" (groups=[]) is attempting to grant RBAC permissions not currently held',
    },
    'Forbidden',
  ],
  [
    400,
    { message: 'admission webhook "validation.istio.io" denied the request: bad' },
    'InvalidObject',
  ],
  [
    500,
    {
      message:
        'Internal error occurred: failed calling webhook "rev.validation.istio.io": Post: EOF',
    },
    'ApiUnavailable',
  ],
  [500, { message: 'etcdserver: mvcc: database space exceeded' }, 'ApiUnavailable'],
  [
    500,
    { message: 'failed to create typed patch object: .spec.foo: field not declared in schema' },
    'InvalidObject',
  ],
  [404, { message: 'namespaces "x" not found' }, 'NamespaceGone'],
  [404, { message: 'services "istiod" not found' }, 'InvalidObject'],
  [409, { message: 'the object has been modified' }, 'ConcurrentChange'],
  [410, { message: 'too old resource version' }, 'ConcurrentChange'],
  [422, { message: 'spec.ports: Required value' }, 'InvalidObject'],
  [429, { message: 'too many requests' }, 'Throttled'],
  [502, {}, 'ApiUnavailable'],
  [503, { message: 'apiserver is shutting down' }, 'ApiUnavailable'],
  [504, { message: 'timeout' }, 'ApiUnavailable'],
  [418, {}, 'Unexpected'],
])('an answer %i %j is %s', (code, status, type) => {
  const failure = failureOfAnswer(intent, code, status);
  expect(failure.type).toBe(type);
  expect(failure.message).toMatch(/^east: cannot patch Service istio-system\/istiod: ./);
});

test('a namespace that is not there, or is going, is named with the command that makes or shows it', () => {
  const gone = failureOfAnswer(intent, 404, { message: 'namespaces "istio-system" not found' });
  expect(gone.message).toMatch(/: there is no namespace istio-system$/);
  expect(gone.details).toMatchObject({
    namespace: 'istio-system',
    cure: `make it, then retry: kubectl --context ${intent.context} create namespace istio-system`,
  });
  const going = failureOfAnswer(intent, 403, {
    details: { causes: [{ reason: 'NamespaceTerminating' }] },
  });
  expect(going.type).toBe('ConcurrentChange');
  expect(going.details.cure).toContain(
    `kubectl --context ${intent.context} get namespace istio-system -o yaml`,
  );
});

test('a webhook that does not answer is named', () => {
  const failure = failureOfAnswer(intent, 500, {
    message: 'failed calling webhook "rev.validation.istio.io": EOF',
  });
  expect(failure.message).toContain('admission webhook "rev.validation.istio.io" does not answer');
});

test('a full etcd is told in its own words as a condition of the cluster, with the cure, and tried again slowly', () => {
  const said = 'etcdserver: mvcc: database space exceeded';
  const failure = failureOfAnswer(intent, 500, { message: said });
  expect(failure.message).toContain(`etcd of east is full and takes no writes: ${said}`);
  expect(failure.details.cure).toMatch(/compact and defragment etcd.*etcdctl alarm disarm/);
  expect(failure.retryAfterMs).toBe(15_000);
});

test('the wait a throttled request is asked for is kept, from the body before the header', () => {
  expect(failureOfAnswer(intent, 429, {}, 7_000).retryAfterMs).toBe(7_000);
  expect(
    failureOfAnswer(intent, 429, { details: { retryAfterSeconds: 2 } }, 7_000).retryAfterMs,
  ).toBe(2_000);
  expect(failureOfAnswer(intent, 503, {}, 7_000).retryAfterMs).toBe(7_000);
  expect(failureOfAnswer(intent, 409, {}, 7_000).retryAfterMs).toBeUndefined();
});

test('keys and tokens quoted by an API server are removed', () => {
  const key = `-----BEGIN PRIVATE KEY-----\n${'A1b2'.repeat(20)}\n-----END PRIVATE KEY-----`;
  const token = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(40)}`;
  const { message } = failureOfAnswer(intent, 422, {
    message: `data: Invalid value: "${key}" and ${token}`,
  });
  expect(message).not.toContain('A1b2A1b2');
  expect(message).not.toContain('eyJ');
  expect(message).toContain('[private key removed]');
});

test.each([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'its name cannot be resolved'],
  ['EHOSTUNREACH', 'there is no route to it'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection could be opened in time'],
  ['ECONNRESET', 'the connection broke'],
  ['ERR_HTTP2_STREAM_ERROR', 'the connection broke'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not signed by the CA'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'no TLS session could be agreed'],
])('a connection that fails with %s is ClusterUnreachable and says why', (code, said) => {
  for (const error of [{ code }, { name: 'TypeError', cause: { code } }, { errors: [{ code }] }]) {
    const failure = failureOfError(intent, error);
    expect(failure.type).toBe('ClusterUnreachable');
    expect(failure.message).toMatch(/^east: https:\/\/east:6443: /);
    expect(failure.message).toContain(said);
    expect(failure.message).toContain(code);
  }
});

test('an error nobody knows keeps its class and is Unexpected', () => {
  const failure = failureOfError(intent, new RangeError('boom'));
  expect([failure.type, failure.message]).toEqual([
    'Unexpected',
    'east: cannot patch Service istio-system/istiod: RangeError',
  ]);
});

test('only connections that broke after they stood are worth a repetition', () => {
  expect(connectionBroke({ code: 'ECONNRESET' })).toBe(true);
  expect(connectionBroke({ code: 'ECONNREFUSED' })).toBe(false);
  expect(connectionBroke({ code: 'CERT_HAS_EXPIRED' })).toBe(false);
});
