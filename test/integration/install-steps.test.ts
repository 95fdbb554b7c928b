import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { ClosableClusters } from '../../activities/adapters/kubernetes-clusters.ts';
import { createStepActivities } from '../../activities/step-activities.ts';
import type { Cluster } from '../../activities/ports/cluster.ts';
import type { StepActivities } from '../../contract/step-activities.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { resolveParts } from '../../sandbox/toolchain/resolve.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { installPrimary, rendererOf } from '../support/primary-install.ts';
import { sendToKube } from '../support/send-to-kube.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { testClusters } from '../support/test-clusters.ts';

jest.setTimeout(180_000);

const namespace = 'istio-system';
const primary = { name: 'cluster1', context: 'admin' };

let kube: KubeApiServer;
let istioctl: string;
let kubeconfig: string;
let clusters: ClosableClusters;
let cluster: Cluster;
let steps: StepActivities;
let changedAtFirst: number;

beforeAll(async () => {
  ({ istioctl } = await resolveParts(['istioctl'], {
    env: process.env,
    onProgress: () => undefined,
  }));
  kube = await startKubeApiServer();
  const { server, caPem, adminToken } = kube;
  kubeconfig = writeKubeconfig([{ name: 'admin', server, caPem, token: adminToken }]);
  clusters = testClusters(kubeconfig);
  cluster = await clusters.open(primary);
  steps = createStepActivities(fakePorts([], { clusters, renderer: rendererOf(istioctl) }));
  changedAtFirst = await installPrimary(steps);
});

afterAll(async () => {
  await clusters.close();
  await kube.stop();
});

async function everyVersion(): Promise<Map<string, string>> {
  const kinds = [
    ['v1', 'Namespace'],
    ['v1', 'ConfigMap'],
    ['v1', 'Secret'],
    ['v1', 'Service'],
    ['v1', 'ServiceAccount'],
    ['apps/v1', 'Deployment'],
    ['autoscaling/v2', 'HorizontalPodAutoscaler'],
    ['rbac.authorization.k8s.io/v1', 'Role'],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
    ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
    ['networking.istio.io/v1', 'Gateway'],
    ['networking.istio.io/v1', 'VirtualService'],
    ['networking.istio.io/v1', 'Sidecar'],
  ] as const;
  const lists = await Promise.all(
    kinds.map(([apiVersion, kind]) => cluster.list({ apiVersion, kind })),
  );
  return new Map(
    lists
      .flat()
      .map(({ kind, metadata }) => [
        `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
        metadata.resourceVersion ?? '',
      ]),
  );
}

type Webhooks = KubernetesObject & {
  webhooks: { name: string; failurePolicy?: string; clientConfig: { caBundle?: string } }[];
};

/** What istiod does once it serves: writes the CA bundle, and makes the validator fail closed. */
async function actAsIstiod(
  kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration',
): Promise<void> {
  const caBundle = Buffer.from(kube.caPem).toString('base64');
  const found = await cluster.list({ apiVersion: 'admissionregistration.k8s.io/v1', kind });
  for (const { apiVersion, metadata, webhooks } of found as Webhooks[]) {
    const written = webhooks.map((webhook) => ({
      ...webhook,
      failurePolicy: 'Fail',
      clientConfig: { ...webhook.clientConfig, caBundle },
    }));
    const { name, resourceVersion = '' } = metadata;
    const path = `/apis/${apiVersion}/${kind.toLowerCase()}s/${name}?fieldManager=pilot-discovery`;
    await sendToKube(kube, 'PUT', path, {
      apiVersion,
      kind,
      metadata: { name, resourceVersion, ...(metadata.labels && { labels: metadata.labels }) },
      webhooks: written,
    });
  }
}

test('a second install of a primary moves no version, whatever istiod has written in between', async () => {
  expect(changedAtFirst).toBeGreaterThan(40);
  const fresh = await everyVersion();
  expect(await installPrimary(steps)).toBe(0);
  expect(await everyVersion()).toEqual(fresh);

  await actAsIstiod('ValidatingWebhookConfiguration');
  await actAsIstiod('MutatingWebhookConfiguration');
  const lived = await everyVersion();
  expect(lived).not.toEqual(fresh);
  expect(await installPrimary(steps)).toBe(0);
  expect(await everyVersion()).toEqual(lived);
});

test('the remote secret is what istioctl create-remote-secret makes of the same token', async () => {
  const token = {
    apiVersion: 'v1',
    kind: 'Secret',
    namespace,
    name: 'istio-reader-service-account-istio-remote-secret-token',
  };
  const creating = steps.createRemoteSecret({
    remote: { name: 'cluster2', context: 'admin' },
    primary,
    mesh: 'prod',
    namespace,
    apiServer: 'https://10.0.0.2:6443',
  });
  await cluster.watchUntil({ apiVersion: 'v1', kind: 'Secret', namespace }, (found) =>
    found.some(({ metadata }) => metadata.name === token.name) ? true : undefined,
  );
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  // What the controller manager does; here no controller manager runs.
  await sendToKube(kube, 'PATCH', `/api/v1/namespaces/${namespace}/secrets/${token.name}`, {
    data: { token: base64(kube.adminToken), 'ca.crt': base64(kube.caPem) },
  });
  expect(await creating).toMatchObject({ changed: 2 });

  const args = [
    'create-remote-secret',
    '--kubeconfig',
    kubeconfig,
    '--context',
    'admin',
    '--name',
    'cluster2',
    '--server',
    'https://10.0.0.2:6443',
  ];
  const { stdout } = await promisify(execFile)(istioctl, args);
  type Secret = KubernetesObject & {
    data?: { [key: string]: string };
    stringData?: { [key: string]: string };
  };
  const theirs = parseAllDocuments(stdout)[0]?.toJS() as Secret;
  const ours = (await cluster.read({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace,
    name: 'istio-remote-secret-cluster2',
  })) as Secret;
  expect(ours.metadata.name).toBe(theirs.metadata.name);
  expect(ours.metadata.labels).toEqual(theirs.metadata.labels);
  expect(ours.metadata.annotations).toEqual(theirs.metadata.annotations);
  const decoded = (secret: Secret): { [key: string]: string } => ({
    ...Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString(),
      ]),
    ),
    ...secret.stringData,
  });
  expect(decoded(ours)).toEqual(decoded(theirs));
});
