import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { MeshFailure } from '../../mesh/failure.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { type StepsBed, startStepsBed } from '../support/steps-bed.ts';
import { failureOf } from '../support/test-clusters.ts';
import { startWebhookServer, type WebhookServer } from '../support/webhook-server.ts';

let bed: StepsBed;
let webhooks: WebhookServer;
/** The step that meets a webhook which never answers; it takes 30 s, so it runs beside the other tests. */
let unanswered: Promise<MeshFailure>;

beforeAll(async () => {
  bed = await startStepsBed();
  webhooks = await startWebhookServer(bed.kube.ca);
  await namespace('unanswered');
  await webhook('slow.example.com', 'unanswered', `${webhooks.server}/silent`, 30);
  unanswered = failureOf(apply('unanswered', [configMap('a')]));
  unanswered.catch(() => undefined);
});

afterAll(async () => {
  await webhooks.stop();
  await bed.stop();
});

const configMap = (name: string, data = { a: '1' }): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

function apply(
  name: string,
  resources: KubernetesObject[],
  context = 'admin',
): Promise<StepOutcome> {
  const cluster = { name: 'cluster1', context };
  return bed.steps.applyResources({ cluster, mesh: 'prod', namespace: name, resources });
}

async function namespace(name: string, labels: { [key: string]: string } = {}): Promise<void> {
  const metadata = { name, labels };
  await bed.kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata });
}

/** A webhook that must agree to everything but inventories in one namespace. */
async function webhook(
  name: string,
  inNamespace: string,
  url: string,
  timeoutSeconds = 5,
): Promise<void> {
  await bed.kubectl(['create', '-f', '-'], {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: { url, caBundle: Buffer.from(bed.kube.caPem).toString('base64') },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': inNamespace } },
        objectSelector: {
          matchExpressions: [{ key: 'app.kubernetes.io/managed-by', operator: 'DoesNotExist' }],
        },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds,
      },
    ],
  });
}

test('a permission that was taken away blocks with verb and resource, and the step goes on when it is there again', async () => {
  await namespace('rbac');
  const verbs = (words: string): Promise<string> =>
    bed.kubectl(['-n', 'rbac', 'apply', '-f', '-'], {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'installer' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: words.split(' ') }],
    });
  await bed.kubectl(
    '-n rbac create rolebinding installer --role=installer --user=restricted'.split(' '),
  );
  const installer = await bed.clusters.open({ name: 'cluster1', context: 'restricted' });
  const asked = { group: '', resource: 'configmaps', verb: 'patch', namespace: 'rbac' };
  const until = async (lacking: number): Promise<void> => {
    while ((await installer.lackingPermissions([asked])).length !== lacking);
  };
  await verbs('get create patch');
  await until(0);
  await apply('rbac', [configMap('a')], 'restricted');
  await verbs('get create');
  await until(1);
  const failure = await failureOf(apply('rbac', [configMap('a'), configMap('b')], 'restricted'));
  expect(failure).toMatchObject({ type: 'Forbidden', details: { verb: 'patch' } });
  expect(failure.message).toContain('User "restricted" cannot patch resource "configmaps"');
  expect(failure.details.lines).toEqual(['patch configmaps in namespace rbac']);
  await verbs('get create patch');
  await until(0);
  const outcome = await apply('rbac', [configMap('a'), configMap('b')], 'restricted');
  expect(outcome.changed).toBe(1);
});

test('an exceeded quota is no missing permission: it is told in its own words, with what to raise', async () => {
  await namespace('quota');
  const hard = { 'count/configmaps': '1' };
  await bed.kubectl(['-n', 'quota', 'create', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'few' },
    spec: { hard },
  });
  await bed.kubectl([
    ...['-n', 'quota', 'patch', 'resourcequota', 'few', '--subresource=status', '--type=merge'],
    ...['-p', JSON.stringify({ status: { hard, used: { 'count/configmaps': '1' } } })],
  ]);
  // A quota counts a moment after it is there.
  const probe = '-n quota create configmap probe --dry-run=server'.split(' ');
  const isCounted = (): Promise<boolean> =>
    bed.kubectl(probe).then(
      () => false,
      ({ message }: Error) => message.includes('exceeded quota'),
    );
  while (!(await isCounted()));
  const failure = await failureOf(apply('quota', [configMap('a')]));
  expect(failure).toMatchObject({
    type: 'QuotaExceeded',
    details: { object: 'ConfigMap quota/meshwright-inventory-resources' },
  });
  expect(failure.message).toContain('exceeded quota: few, requested: count/configmaps=1');
  expect(failure.details.cure).toContain('quota');
  await bed.kubectl(['-n', 'quota', 'delete', 'resourcequota', 'few']);
  expect((await apply('quota', [configMap('a')])).changed).toBe(1);
});

test('a pod that the PodSecurity of its namespace does not allow is told in its words', async () => {
  await namespace('strict', { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'c' }] },
  };
  const failure = await failureOf(apply('strict', [pod]));
  expect(failure).toMatchObject({ type: 'PolicyDenied', details: { object: 'Pod strict/p' } });
  expect(failure.message).toContain('violates PodSecurity "restricted:latest"');
});

test('a ValidatingAdmissionPolicy that denies an object is named, whatever code it answers', async () => {
  await namespace('policy');
  const only = { matchLabels: { 'kubernetes.io/metadata.name': 'policy' } };
  for (const reason of ['Invalid', 'Forbidden']) {
    const name = `no-${reason.toLowerCase()}`;
    await bed.kubectl(['create', '-f', '-'], {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: only,
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['configmaps'],
            },
          ],
        },
        validations: [
          { expression: `object.metadata.name != '${name}'`, message: 'not that name', reason },
        ],
      },
    });
    await bed.kubectl(['create', '-f', '-'], {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    });
    // A policy counts a moment after it is there.
    const denied = async (): Promise<MeshFailure> => {
      for (;;) {
        const failure = await apply('policy', [configMap(name)]).then(
          () => null,
          (error: MeshFailure) => error,
        );
        if (failure !== null) return failure;
        await bed.kubectl(['-n', 'policy', 'delete', 'configmap', name]);
      }
    };
    const failure = await denied();
    expect(failure).toMatchObject({ type: 'PolicyDenied' });
    expect(failure.message).toContain(`ValidatingAdmissionPolicy '${name}'`);
    expect(failure.message).toContain('not that name');
  }
});

test('an admission webhook that denies is named, and the step goes on when it agrees', async () => {
  await namespace('denied');
  await webhook('guard.example.com', 'denied', `${webhooks.server}/deny`);
  const failure = await failureOf(apply('denied', [configMap('a')]));
  expect(failure).toMatchObject({
    type: 'PolicyDenied',
    details: { object: 'ConfigMap denied/a' },
  });
  expect(failure.message).toContain(
    'admission webhook "guard.example.com" denied the request: not on a friday',
  );
  await bed.kubectl(['delete', 'validatingwebhookconfiguration', 'guard.example.com']);
  expect((await apply('denied', [configMap('a')])).changed).toBe(1);
  expect((await apply('denied', [configMap('a')])).changed).toBe(0);
});

test('an admission webhook that nobody serves is named, and waited for', async () => {
  await namespace('closed');
  await webhook('gone.example.com', 'closed', 'https://127.0.0.1:9/');
  const failure = await failureOf(apply('closed', [configMap('a')]));
  expect(failure.type).toBe('ApiUnavailable');
  expect(failure.message).toContain('admission webhook "gone.example.com" does not answer');
  await bed.kubectl(['delete', 'validatingwebhookconfiguration', 'gone.example.com']);
  expect((await apply('closed', [configMap('a')])).changed).toBe(1);
});

test('a field that kubectl-edit owns is left alone: the step names owner, field and choices', async () => {
  await namespace('edited');
  const deployment = (replicas: number): KubernetesObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'd' } },
      template: {
        metadata: { labels: { app: 'd' } },
        spec: { containers: [{ name: 'c', image: 'c' }] },
      },
    },
  });
  const edit = (replicas: number): Promise<string> =>
    bed.kubectl([
      ...['-n', 'edited', 'patch', 'deployment', 'd', '--field-manager=kubectl-edit'],
      ...['-p', JSON.stringify({ spec: { replicas } })],
    ]);
  await apply('edited', [deployment(2)]);
  await edit(5);
  const failure = await failureOf(apply('edited', [deployment(2)]));
  expect(failure).toMatchObject({
    type: 'FieldConflict',
    message: 'cluster1: Deployment edited/d: .spec.replicas belongs to "kubectl-edit"',
    details: { lines: ['.spec.replicas: kubectl-edit'] },
  });
  for (const choice of ['the value of the mesh file', 'out of what "kubectl-edit" applies'])
    expect(failure.details.cure).toContain(choice);
  const replicas = ['-n', 'edited', 'get', 'deployment', 'd', '-o', 'jsonpath={.spec.replicas}'];
  expect(await bed.kubectl(replicas)).toBe('5');
  await edit(2);
  await apply('edited', [deployment(2)]);
  expect(await bed.kubectl(replicas)).toBe('2');
});

test('an admission webhook that does not answer for 30 s is named, not taken for a dead API server', async () => {
  const failure = await unanswered;
  expect(failure.type).toBe('ApiUnavailable');
  expect(failure.message).toContain('admission webhook "slow.example.com" does not answer');
  await bed.kubectl(['delete', 'validatingwebhookconfiguration', 'slow.example.com']);
  expect((await apply('unanswered', [configMap('a')])).changed).toBe(1);
});
