import { applyComponent } from '../../activities/objects/apply-objects.ts';
import { createPrepareNamespace } from '../../activities/objects/prepare-namespace.ts';
import { createRecordMesh } from '../../activities/planning/record-mesh.ts';
import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import { type FakeCluster, fakeCluster } from './fake-cluster.ts';
import { fakePorts } from './fake-ports.ts';

/** System namespace of the mesh. */
export const namespace = 'istio-system';

/** A bare object, in the system namespace unless its kind has none. */
export function object(
  apiVersion: string,
  kind: string,
  name: string,
  spec = {},
): KubernetesObject {
  const cluster = kind.endsWith('Configuration') || kind === 'CustomResourceDefinition';
  return { apiVersion, kind, metadata: { name, ...(cluster ? {} : { namespace }) }, spec };
}

/** Reference of a ConfigMap. */
export function configMap(name: string, where = namespace): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: where, name };
}

/** What is in a cluster. */
export function left(cluster: FakeCluster): string[] {
  return cluster.all().map((found) => describeRef(refOf(found)));
}

/** UID of a cluster. */
export function uidOf(cluster: FakeCluster): string {
  const home = cluster.all().find(({ metadata }) => metadata.name === 'kube-system');
  return home?.metadata.uid ?? 'none';
}

const WEBHOOK = object(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  'istio-sidecar-injector',
);

/** A definition of Istio's. */
export const DEFINITION = object(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'virtualservices.networking.istio.io',
  {
    group: 'networking.istio.io',
    names: { kind: 'VirtualService' },
    versions: [{ name: 'v1', served: true }],
  },
);

/** A cluster with nothing but namespaces. */
export function bareCluster(name: string): FakeCluster {
  const cluster = fakeCluster(name);
  for (const found of ['kube-system', 'default'])
    cluster.update('kube', { apiVersion: 'v1', kind: 'Namespace', name: found }, (one) => ({
      ...one,
      spec: {},
    }));
  return cluster;
}

/** A cluster in which mesh `prod` was installed, beside things of others. */
export async function installedCluster(name: string): Promise<FakeCluster> {
  const cluster = bareCluster(name);
  const ref = { name, context: name };
  const ports = fakePorts([cluster]);
  await createPrepareNamespace(ports)({
    cluster: ref,
    mesh: 'prod',
    namespace,
    network: 'network3',
    controlPlaneClusters: ['cluster1'],
  });
  const component = (part: string): { mesh: string; namespace: string; name: string } => ({
    mesh: 'prod',
    namespace,
    name: part,
  });
  await applyComponent(cluster, component('base'), [
    object('v1', 'ServiceAccount', 'istio-reader-service-account'),
  ]);
  await applyComponent(cluster, component('control-plane'), [
    WEBHOOK,
    object('v1', 'Service', 'istiod'),
    object('apps/v1', 'Deployment', 'istio-eastwestgateway'),
  ]);
  cluster.update('kube-apiserver', refOf(DEFINITION), (found) => ({
    ...found,
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  }));
  await applyComponent(cluster, component('definitions'), [DEFINITION]);
  await createRecordMesh(ports)({
    clusters: [ref],
    mesh: 'prod',
    namespace,
    record: {
      members: [{ name, context: name, uid: uidOf(cluster) }],
      revision: null,
      trustDomain: 'cluster.local',
      topology: 'multicluster',
    },
  });
  for (const where of [namespace, 'default']) {
    cluster.update('pilot-discovery', configMap('istio-ca-root-cert', where), (found) => ({
      ...found,
      data: { 'root-cert.pem': 'x' },
    }));
  }
  cluster.update('pilot-discovery', configMap('istio-leader'), (found) => ({ ...found, data: {} }));
  return cluster;
}
