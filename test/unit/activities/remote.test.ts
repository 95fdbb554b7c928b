import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createAwaitClusterSync } from '../../../activities/discovery/cluster-sync.ts';
import { discoveryAddresses } from '../../../activities/control-plane/discovery-address.ts';
import { createApplyRemoteControlPlane } from '../../../activities/control-plane/remote-control-plane.ts';
import { createCreateRemoteSecret } from '../../../activities/discovery/remote-secret.ts';
import { secretData } from '../../../activities/trust/secret-data.ts';
import type { KubernetesObject, ObjectRef } from '../../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../../mesh/plan/plan.ts';
import type { StepInputs } from '../../../mesh/plan/step-inputs.ts';
import { aMeshSpec } from '../../support/a-mesh-spec.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts, fakeScope } from '../../support/fake-ports.ts';

const namespace = 'istio-system';
const primaryRef = { name: 'cluster1', context: 'cluster1' };
const remoteRef = { name: 'cluster2', context: 'cluster2' };
const tokenSecret: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name: 'istio-reader-service-account-istio-remote-secret-token',
};
const remoteSecret: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name: 'istio-remote-secret-cluster2',
};
const encode = (text: string): string => Buffer.from(text).toString('base64');
const secretInput: StepInputs['createRemoteSecret'] = {
  remote: remoteRef,
  primary: primaryRef,
  mesh: 'prod',
  namespace,
  apiServer: 'https://10.0.0.2:6443',
};

type Pair = { primary: FakeCluster; remote: FakeCluster };

function pair(): Pair {
  return { primary: fakeCluster('cluster1'), remote: fakeCluster('cluster2') };
}

/** What Kubernetes' token controller does. */
function issueToken(remote: FakeCluster, token: string): void {
  remote.tokens.add(token);
  remote.update('kube-controller-manager', tokenSecret, (secret) => ({
    ...secret,
    data: { token: encode(token), 'ca.crt': encode('CA') },
  }));
}

async function createSecret({ primary, remote }: Pair, input = secretInput): Promise<StepOutcome> {
  const outcome = createCreateRemoteSecret(fakePorts([primary, remote]))(input);
  outcome.catch(() => undefined);
  await Promise.resolve();
  return outcome;
}

describe('the remote secret', () => {
  test('waits for the token and holds a kubeconfig that works', async () => {
    const clusters = pair();
    const creating = createSecret(clusters);
    await clusters.remote.watchUntil({ apiVersion: 'v1', kind: 'Secret' }, (found) =>
      found.length > 0 ? true : undefined,
    );
    issueToken(clusters.remote, 'token-1');
    expect(await creating).toEqual({
      changed: 2,
      summary: 'istio-remote-secret-cluster2 in cluster1',
    });
    const { cluster2 } = secretData(await clusters.primary.read(remoteSecret));
    expect(cluster2).toContain('token: token-1');
    expect(cluster2).toContain('server: https://10.0.0.2:6443');
  });

  test('is never rewritten while its token works, whatever its formatting', async () => {
    const clusters = pair();
    issueToken(clusters.remote, 'token-1');
    await createSecret(clusters);
    clusters.primary.update('kubectl', remoteSecret, (secret) => {
      const text = secretData(secret)['cluster2'] ?? '';
      return { ...secret, data: { cluster2: encode(`# made by hand\n${text}`) } };
    });
    const before = await clusters.primary.read(remoteSecret);
    expect(await createSecret(clusters)).toMatchObject({ changed: 0 });
    expect(await clusters.primary.read(remoteSecret)).toEqual(before);
  });

  test('is made anew when its token is dead', async () => {
    const clusters = pair();
    issueToken(clusters.remote, 'token-1');
    await createSecret(clusters);
    clusters.remote.tokens.clear();
    issueToken(clusters.remote, 'token-2');
    expect(await createSecret(clusters)).toMatchObject({ changed: 1 });
    expect(secretData(await clusters.primary.read(remoteSecret))['cluster2']).toContain(
      'token: token-2',
    );
  });

  test('follows a changed API server', async () => {
    const clusters = pair();
    issueToken(clusters.remote, 'token-1');
    await createSecret(clusters);
    expect(
      await createSecret(clusters, { ...secretInput, apiServer: 'https://10.0.0.9:6443' }),
    ).toMatchObject({ changed: 1 });
  });

  test('is refused with a server that means the caller itself', async () => {
    const clusters = pair();
    await expect(
      createSecret(clusters, { ...secretInput, apiServer: 'https://127.0.0.1:6443' }),
    ).rejects.toMatchObject({ type: 'PrecheckFailed' });
    expect(clusters.primary.writes).toEqual([]);
  });

  test('is refused beside another one for the same cluster', async () => {
    const clusters = pair();
    issueToken(clusters.remote, 'token-1');
    clusters.primary.update('kubectl', { ...remoteSecret, name: 'by-hand' }, (secret) => ({
      ...secret,
      metadata: { ...secret.metadata, labels: { 'istio/multiCluster': 'true' } },
      data: { cluster2: encode('x') },
    }));
    await expect(createSecret(clusters)).rejects.toMatchObject({
      type: 'ForeignInstall',
      message: expect.stringContaining('by-hand'),
    });
  });

  test('leaves its token out of outcomes', async () => {
    const clusters = pair();
    issueToken(clusters.remote, 'token-1');
    expect(JSON.stringify(await createSecret(clusters))).not.toContain('token-1');
  });
});

describe('the remote control plane', () => {
  const gateway: ObjectRef = {
    apiVersion: 'v1',
    kind: 'Service',
    namespace,
    name: 'istio-eastwestgateway',
  };
  const input: StepInputs['applyRemoteControlPlane'] = {
    cluster: remoteRef,
    primary: primaryRef,
    mesh: 'prod',
    meshId: 'mesh1',
    trustDomain: 'cluster.local',
    istio: aMeshSpec().istio,
    network: 'network2',
    remotes: [],
    meshNetworks: null,
  };
  const apply = async (
    { primary, remote }: Pair,
    ingress: object[],
    resolved: string[] = [],
  ): Promise<{ rendered: string; endpoints: unknown }> => {
    primary.update('cloud', gateway, (service) => ({
      ...service,
      status: { loadBalancer: { ingress } },
    }));
    let rendered = '';
    const renderer = {
      render: (_: string, operator: unknown): Promise<KubernetesObject[]> => {
        rendered = (operator as { spec: { values: { global: { remotePilotAddress: string } } } })
          .spec.values.global.remotePilotAddress;
        return Promise.resolve([
          {
            apiVersion: 'discovery.k8s.io/v1',
            kind: 'EndpointSlice',
            metadata: { name: 'istiod', namespace },
            endpoints: [{ addresses: [rendered] }],
          },
        ]);
      },
    };
    await createApplyRemoteControlPlane(
      fakePorts([primary, remote], {
        renderer,
        hostResolver: { resolve: () => Promise.resolve(resolved) },
      }),
    )(input);
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };
    const found = await remote.read({ ...slice, namespace, name: 'istiod' });
    return { rendered, endpoints: found?.['endpoints'] };
  };

  test("leads to the primary's gateway as it is now", async () => {
    const clusters = pair();
    const first = await apply(clusters, [{ ip: '198.18.1.10' }]);
    expect(first.endpoints).toEqual([{ addresses: ['198.18.1.10'] }]);
    const second = await apply(clusters, [{ ip: '198.18.1.11' }]);
    expect(second.endpoints).toEqual([{ addresses: ['198.18.1.11'] }]);
    // or the next install would change what else is rendered of an address that the sync has followed
    expect(second.rendered).toBe(first.rendered);
  });

  test('never gets a host name, through which no API server can call the injector', async () => {
    const resolved = ['203.0.113.7', '203.0.113.8'];
    expect(await apply(pair(), [{ hostname: 'gw.example.com' }], resolved)).toMatchObject({
      rendered: expect.stringMatching(/^[0-9.]+$/),
      endpoints: [{ addresses: ['203.0.113.7'] }, { addresses: ['203.0.113.8'] }],
    });
    await expect(apply(pair(), [{ hostname: 'gw.example.com' }], [])).rejects.toMatchObject({
      type: 'WaitTimedOut',
      message: expect.stringContaining('gw.example.com'),
    });
  });

  test('has an endpoint for each address, in an order that no resolver changes', async () => {
    const clusters = pair();
    const slice = async (): Promise<unknown> =>
      (
        await clusters.remote.read({
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          namespace,
          name: 'istiod',
        })
      )?.['endpoints'];
    await apply(clusters, [{ hostname: 'gw.example.com' }], ['203.0.113.8', '203.0.113.7']);
    const both = [{ addresses: ['203.0.113.7'] }, { addresses: ['203.0.113.8'] }];
    expect(await slice()).toEqual(both);
    await apply(clusters, [{ hostname: 'gw.example.com' }], ['203.0.113.7', '203.0.113.8']);
    expect(await slice()).toEqual(both);
  });

  test('takes away the endpoints of a control plane that the cluster had itself, and its own ones never', async () => {
    const clusters = pair();
    const service = { ...gateway, name: 'istiod' };
    const endpoints = { ...service, kind: 'Endpoints' };
    const slice = (name: string): ObjectRef => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      namespace,
      name,
    });
    const { remote } = clusters;
    remote.update('meshwright', service, (found) => ({
      ...found,
      spec: { selector: { app: 'istiod' } },
    }));
    remote.update('kube', endpoints, (found) => ({ ...found, subsets: ['10.0.0.1'] }));
    remote.update('kube', slice('istiod-x7k'), (found) => ({
      ...found,
      metadata: { ...found.metadata, labels: { 'kubernetes.io/service-name': 'istiod' } },
    }));
    await apply(clusters, [{ ip: '198.18.1.10' }]);
    expect(await remote.read(endpoints)).toBeNull();
    expect(await remote.read(slice('istiod-x7k'))).toBeNull();
    expect(await remote.read(slice('istiod'))).not.toBeNull();
    remote.update('meshwright', service, (found) => ({ ...found, spec: { ports: [15012] } }));
    remote.writes.length = 0;
    await apply(clusters, [{ ip: '198.18.1.10' }]);
    expect(remote.writes).toEqual([]);
  });

  test('leads to the LoadBalancer of istiod itself, or to its ready pods', async () => {
    const { primary } = pair();
    const lookup = { namespace, revision: 'canary' };
    const resolver = { resolve: (): Promise<string[]> => Promise.resolve([]) };
    const found = (discovery: 'podIP' | 'loadBalancer'): Promise<string[]> =>
      discoveryAddresses(resolver, primary, { ...lookup, discovery });
    await expect(found('podIP')).rejects.toMatchObject({
      type: 'WaitTimedOut',
      message: 'pods of Deployment istio-system/istiod-canary of cluster1 are not ready',
    });
    primary.update('cloud', { ...gateway, name: 'istiod-elb-canary' }, (service) => ({
      ...service,
      status: { loadBalancer: { ingress: [{ ip: '198.18.1.9' }] } },
    }));
    for (const [name, ready] of [
      ['istiod-2', 'True'],
      ['istiod-1', 'True'],
      ['istiod-3', 'False'],
    ] as const) {
      const pod = { apiVersion: 'v1', kind: 'Pod', namespace, name };
      primary.update('kubelet', pod, (object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { app: 'istiod', 'istio.io/rev': 'canary' } },
        status: {
          podIP: `10.241.0.${name.slice(-1)}`,
          conditions: [{ type: 'Ready', status: ready }],
        },
      }));
    }
    expect(await found('podIP')).toEqual(['10.241.0.1', '10.241.0.2']);
    expect(await found('loadBalancer')).toEqual(['198.18.1.9']);
  });
});

describe('the sync of a remote', () => {
  const root = '-----BEGIN CERTIFICATE-----\nROOT\n-----END CERTIFICATE-----\n';
  const webhook: ObjectRef = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    name: 'istio-sidecar-injector',
  };
  const pod = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'Pod', namespace, name });
  const rootCert = (name: string): ObjectRef => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: name,
    name: 'istio-ca-root-cert',
  });
  const clusterz = (syncStatus: string): string =>
    JSON.stringify([
      { id: 'cluster2', secretName: `${namespace}/istio-remote-secret-cluster2`, syncStatus },
    ]);
  const answer = (stdout: string): { stdout: string; stderr: string; exitCode: number } => ({
    stdout,
    stderr: '',
    exitCode: 0,
  });

  function addIstiod(primary: FakeCluster, name: string): void {
    primary.update('kubelet', pod(name), (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: { app: 'istiod', 'istio.io/rev': 'default' } },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    }));
  }

  function setBundle(remote: FakeCluster, caBundle: string): void {
    remote.update('pilot-discovery', webhook, (object) => ({
      ...object,
      webhooks: [{ name: 'namespace.sidecar-injector.istio.io', clientConfig: { caBundle } }],
    }));
  }

  /** A pair in which everything holds. */
  async function synced(): Promise<Pair> {
    const clusters = pair();
    const { primary, remote } = clusters;
    issueToken(remote, 'token-1');
    await createSecret(clusters);
    primary.update('pilot-discovery', rootCert(namespace), (object) => ({
      ...object,
      data: { 'root-cert.pem': root },
    }));
    for (const name of [namespace, 'default', 'kube-system'])
      remote.update('kubectl', { apiVersion: 'v1', kind: 'Namespace', name }, (object) => ({
        ...object,
        spec: { x: 1 },
      }));
    for (const name of [namespace, 'default'])
      remote.update('pilot-discovery', rootCert(name), (object) => ({
        ...object,
        data: { 'root-cert.pem': root },
      }));
    setBundle(remote, encode(root));
    addIstiod(primary, 'istiod-1');
    addIstiod(primary, 'istiod-2');
    primary.onExec = () => answer(clusterz('synced'));
    remote.onDryRun = (object) => ({
      ...object,
      spec: { containers: [{ name: 'istio-proxy', image: 'hub/proxyv2:1' }] },
    });
    return clusters;
  }

  function start(
    { primary, remote }: Pair,
    limitMs = 30_000,
  ): { scope: ReturnType<typeof fakeScope>; outcome: Promise<StepOutcome> } {
    const scope = fakeScope();
    const outcome = createAwaitClusterSync(fakePorts([primary, remote], { scope: () => scope }))({
      remote: remoteRef,
      primary: primaryRef,
      namespace,
      revision: null,
      limitMs,
    });
    outcome.catch(() => undefined);
    return { scope, outcome };
  }

  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('is done when everything holds', async () => {
    const { outcome } = start(await synced());
    await jest.advanceTimersByTimeAsync(500);
    await expect(outcome).resolves.toMatchObject({ summary: 'cluster2 synced and injecting' });
  });

  test('waits for every replica of istiod', async () => {
    const clusters = await synced();
    clusters.primary.onExec = ({ name }) =>
      answer(clusterz(name === 'istiod-2' ? 'syncing' : 'synced'));
    const { scope, outcome } = start(clusters);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(scope.reported.at(-1)?.reason).toBe('istiod-2 says syncing of cluster2');
    clusters.primary.onExec = () => answer(clusterz('synced'));
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
  });

  test('does not believe synced when the token is dead', async () => {
    const clusters = await synced();
    clusters.remote.tokens.clear();
    await expect(start(clusters).outcome).rejects.toMatchObject({ type: 'CredentialRefused' });
  });

  test('does not wait in vain where somebody has deleted the remote secret', async () => {
    const clusters = await synced();
    const name = 'istio-remote-secret-cluster2';
    await clusters.primary.remove({ apiVersion: 'v1', kind: 'Secret', namespace, name });
    await expect(start(clusters).outcome).rejects.toMatchObject({
      type: 'DeletedMeanwhile',
      message: expect.stringContaining(`cluster1 has no Secret ${namespace}/${name}`),
      details: { cure: expect.stringContaining('meshwright install -f FILE') },
    });
  });

  test('waits until the webhook trusts the root of this mesh and asks the injector only then', async () => {
    const clusters = await synced();
    setBundle(clusters.remote, encode('-----BEGIN CERTIFICATE-----\nOTHER\n'));
    let asked = 0;
    const { onDryRun } = clusters.remote;
    clusters.remote.onDryRun = (object) => {
      asked++;
      return onDryRun(object);
    };
    const { scope, outcome } = start(clusters);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(scope.reported.map(({ reason }) => reason)).toContain(
      'webhook istio-sidecar-injector of cluster2 trusts another root',
    );
    expect(asked).toBe(0);
    setBundle(clusters.remote, encode(root));
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
  });

  test('waits for the root in every namespace of the remote, and tells what was missing', async () => {
    const clusters = await synced();
    await clusters.remote.remove(rootCert('default'));
    const { outcome } = start(clusters);
    await jest.advanceTimersByTimeAsync(30_000);
    await expect(outcome).rejects.toMatchObject({
      type: 'WaitTimedOut',
      details: {
        lines: [
          'istio-ca-root-cert is not in namespace default of cluster2 yet',
          'missing: root certificates',
        ],
      },
    });
  });

  test('looks at the system namespace only where discovery selectors leave others out', async () => {
    const clusters = await synced();
    await clusters.remote.remove(rootCert('default'));
    clusters.primary.update(
      'meshwright',
      { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'istio' },
      (object) => ({
        ...object,
        data: { mesh: 'discoverySelectors:\n- matchLabels:\n    a: b\n' },
      }),
    );
    const { outcome } = start(clusters);
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(outcome).resolves.toMatchObject({ changed: 0 });
  });
});
