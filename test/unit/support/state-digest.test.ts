import { expect, test } from '@jest/globals';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import { stateDigest } from '../../support/state-digest/state-digest.ts';

function owned(
  change: Partial<KubernetesObject> = {},
  metadata: Partial<KubernetesObject['metadata']> = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'istio',
      namespace: 'istio-system',
      managedFields: [{ manager: 'meshwright', operation: 'Apply', time: '2026-01-01T00:00:00Z' }],
      ...metadata,
    },
    ...change,
  };
}

test('an object that nothing but machines have written on anew keeps its digest', () => {
  const before = owned(
    { data: { mesh: 'a' }, status: { seen: 1 } },
    { uid: '1', resourceVersion: '10', creationTimestamp: '2026-01-01T00:00:00Z' },
  );
  const after = owned(
    { status: { seen: 2 }, data: { mesh: 'a' } },
    {
      resourceVersion: '20',
      uid: '2',
      creationTimestamp: '2026-02-02T00:00:00Z',
      annotations: { 'deployment.kubernetes.io/revision': '4' },
      managedFields: [
        { manager: 'kube-controller-manager', operation: 'Update' },
        { manager: 'meshwright', operation: 'Apply', time: '2026-02-02T00:00:00Z' },
      ],
    },
  );
  expect(stateDigest([after])).toBe(stateDigest([before]));
});

test('the digest does not depend on the order of objects or of keys', () => {
  const one = owned({ data: { a: '1', b: '2' } });
  const other = owned({ data: {} }, { name: 'other' });
  const turned = owned({ data: { b: '2', a: '1' } });
  expect(stateDigest([other, turned])).toBe(stateDigest([one, other]));
});

test.each<[string, KubernetesObject]>([
  ['a value', owned({ data: { mesh: 'b' } })],
  ['a key', owned({ data: { mesh: 'a', more: '' } })],
  ['a label', owned({ data: { mesh: 'a' } }, { labels: { 'istio.io/rev': 'default' } })],
  ['an annotation', owned({ data: { mesh: 'a' } }, { annotations: { note: 'x' } })],
  [
    'another of our managers',
    owned(
      { data: { mesh: 'a' } },
      {
        managedFields: [
          { manager: 'meshwright', operation: 'Apply' },
          { manager: 'meshwright-networks', operation: 'Apply' },
        ],
      },
    ),
  ],
  ['that it is being removed', owned({ data: { mesh: 'a' } }, { deletionTimestamp: 'now' })],
])('%s makes another digest', (_, changed) => {
  expect(stateDigest([changed])).not.toBe(stateDigest([owned({ data: { mesh: 'a' } })]));
});

test('one object more or less makes another digest', () => {
  expect(stateDigest([owned(), owned({}, { name: 'other' })])).not.toBe(stateDigest([owned()]));
});

test('objects of others do not count, marked ones do, whoever wrote them', () => {
  const foreign = owned({}, { managedFields: [{ manager: 'kubectl', operation: 'Update' }] });
  const marked = owned(
    {},
    { managedFields: [], labels: { 'app.kubernetes.io/managed-by': 'meshwright' } },
  );
  expect(stateDigest([foreign])).toBe('');
  expect(stateDigest([marked])).toContain('ConfigMap istio-system/istio');
});

test('a Secret shows its keys, and whether something is in them, and no value', () => {
  const secret = (data: object): string => stateDigest([owned({ kind: 'Secret', data })]);
  expect(secret({ 'ca-key.pem': 'a2V5' })).toBe(secret({ 'ca-key.pem': 'b3RoZXI=' }));
  expect(secret({ 'ca-key.pem': 'a2V5' })).not.toContain('a2V5');
  expect(secret({ 'ca-key.pem': '' })).not.toBe(secret({ 'ca-key.pem': 'a2V5' }));
  expect(secret({})).not.toBe(secret({ 'ca-key.pem': 'a2V5' }));
});

test('certificates, tokens, dates and what clusters choose are no part of it', () => {
  const text = (which: string): KubernetesObject =>
    owned({
      data: {
        root: `-----BEGIN CERTIFICATE-----\n${which}\n-----END CERTIFICATE-----\n`,
        at: `2026-01-0${which}T00:00:00Z`,
        kubeconfig: `user:\n  token: ${which}`,
      },
      webhooks: [{ name: 'w', clientConfig: { caBundle: which, url: 'https://x' } }],
      spec: { clusterIP: which, clusterIPs: [which], ports: [{ port: 1, nodePort: which }] },
    });
  expect(stateDigest([text('1')])).toBe(stateDigest([text('2')]));
  expect(stateDigest([text('1')])).toContain('https://x');
});
