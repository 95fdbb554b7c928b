import { expect, test } from '@jest/globals';
import { appliedFields } from '../../../mesh/applied-fields.ts';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';

/** A slice as an API server of Kubernetes 1.36 shows it after our apply and a label of somebody else. */
const SLICE: KubernetesObject = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: 'istiod',
    namespace: 'istio-system',
    uid: 'uid',
    resourceVersion: '12',
    labels: { 'kubernetes.io/service-name': 'istiod', theirs: 'x' },
    managedFields: [
      {
        manager: 'meshwright',
        operation: 'Apply',
        apiVersion: 'discovery.k8s.io/v1',
        fieldsV1: {
          'f:addressType': {},
          'f:endpoints': {},
          'f:metadata': { 'f:labels': { 'f:kubernetes.io/service-name': {} } },
          'f:ports': {},
        },
      },
      {
        manager: 'kubectl-label',
        operation: 'Update',
        apiVersion: 'discovery.k8s.io/v1',
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:theirs': {} } } },
      },
    ],
  },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['198.18.1.1'], conditions: {} }],
  ports: [{ name: 'tcp-istiod', port: 15012, protocol: 'TCP' }],
};

test('an object as its manager applied it has what the manager owns and nothing else', () => {
  expect(appliedFields(SLICE, 'meshwright')).toEqual({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'istiod',
      namespace: 'istio-system',
      labels: { 'kubernetes.io/service-name': 'istiod' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['198.18.1.1'], conditions: {} }],
    ports: [{ name: 'tcp-istiod', port: 15012, protocol: 'TCP' }],
  });
});

test('an object that the manager never applied is not its', () => {
  expect(appliedFields(SLICE, 'meshwright-networks')).toBeNull();
  expect(appliedFields(SLICE, 'kubectl-label')).toBeNull();
});
