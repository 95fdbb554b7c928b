import { expect, test } from '@jest/globals';
import { alreadyApplied } from '../../../../activities/adapters/already-applied.ts';
import type { KubernetesObject } from '../../../../mesh/kubernetes-object.ts';

const desired: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'n', labels: { a: '1' } },
  spec: { ports: [{ port: 80, name: 'http' }, { port: 443 }], selector: { app: 's' } },
};

const fieldsV1 = {
  'f:metadata': { 'f:labels': { 'f:a': {} } },
  'f:spec': {
    'f:ports': {
      'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} },
      'k:{"port":443,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} },
    },
    'f:selector': {},
  },
};

function live(change: (object: KubernetesObject) => void = () => undefined): KubernetesObject {
  const object: KubernetesObject = {
    ...desired,
    metadata: {
      ...desired.metadata,
      labels: { a: '1', theirs: 'x' },
      resourceVersion: '7',
      managedFields: [
        { manager: 'kubectl', operation: 'Update', apiVersion: 'v1', fieldsV1: {} },
        {
          manager: 'meshwright',
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsV1: structuredClone(fieldsV1),
        },
      ],
    },
    spec: {
      clusterIP: '10.0.0.1',
      ports: [
        { port: 80, name: 'http', protocol: 'TCP', nodePort: 30_000 },
        { port: 443, protocol: 'TCP', nodePort: 30_001 },
      ],
      selector: { app: 's' },
    },
  };
  change(object);
  return object;
}

const complete = {
  ...desired,
  spec: {
    ports: [
      { port: 80, name: 'http', protocol: 'TCP' },
      { port: 443, protocol: 'TCP' },
    ],
    selector: { app: 's' },
  },
};

function owning(fields: unknown): KubernetesObject {
  return live((object) => {
    const own = object.metadata.managedFields?.[1];
    if (own !== undefined) own['fieldsV1'] = fields as never;
  });
}

/** The same when `protocol` of the first port is applied, too. */
const completeFields = structuredClone(fieldsV1);
Object.assign(completeFields['f:spec']['f:ports']['k:{"port":80,"protocol":"TCP"}'], {
  'f:protocol': {},
});

test('an object of which we own exactly these fields with these values is applied already', () => {
  expect(alreadyApplied(complete, owning(completeFields), 'meshwright')).toBe(true);
});

test('keys the API server defaulted leave the decision to it', () => {
  expect(alreadyApplied(desired, live(), 'meshwright')).toBe(false);
});

test.each<[string, KubernetesObject]>([
  ['a value differs', { ...complete, metadata: { ...complete.metadata, labels: { a: '2' } } }],
  [
    'a field is new',
    { ...complete, metadata: { ...complete.metadata, labels: { a: '1', b: '1' } } },
  ],
  ['a field is no longer wanted', { ...complete, metadata: { name: 's', namespace: 'n' } }],
  [
    'an element is no longer wanted',
    {
      ...complete,
      spec: {
        ...(complete['spec'] as object),
        ports: [{ port: 80, name: 'http', protocol: 'TCP' }],
      },
    },
  ],
  [
    'an atomic map differs',
    { ...complete, spec: { ...(complete['spec'] as object), selector: { app: 's', b: 'c' } } },
  ],
  [
    'the order differs',
    {
      ...complete,
      spec: {
        ...(complete['spec'] as object),
        ports: [
          { port: 443, protocol: 'TCP' },
          { port: 80, name: 'http', protocol: 'TCP' },
        ],
      },
    },
  ],
  ['it is asked for another version', { ...complete, apiVersion: 'v2' }],
  [
    'it is locked on an older version',
    { ...complete, metadata: { ...complete.metadata, resourceVersion: '6' } },
  ],
])('it is not when %s', (_, object) => {
  expect(alreadyApplied(object, owning(completeFields), 'meshwright')).toBe(false);
});

test('it is not when a manager owns nothing, or the object is going', () => {
  expect(alreadyApplied(complete, owning(completeFields), 'meshwright-networks')).toBe(false);
  const going = owning(completeFields);
  going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  expect(alreadyApplied(complete, going, 'meshwright')).toBe(false);
});

test('a field others have changed is no longer ours, so it is applied again', () => {
  const fields = structuredClone(completeFields) as { [key: string]: unknown };
  fields['f:metadata'] = {};
  const changed = owning(fields);
  changed.metadata.labels = { a: '1' };
  expect(alreadyApplied(complete, changed, 'meshwright')).toBe(false);
});
