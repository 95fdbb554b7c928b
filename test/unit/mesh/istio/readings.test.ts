import { describe, expect, test } from '@jest/globals';
import { clusterzStatus } from '../../../../mesh/istio/clusterz.ts';
import {
  foreignIstio,
  istiodVersion,
  otherHome,
  otherMeshes,
} from '../../../../mesh/istio/foreign-istio.ts';
import { unsupportedReason } from '../../../../mesh/istio/kubernetes-support.ts';
import {
  ADDRESS_PLACEHOLDER,
  meshNetworksText,
} from '../../../../mesh/istio/mesh-networks-text.ts';
import { isPodReady, podTrouble } from '../../../../mesh/istio/pod-trouble.ts';
import { remoteKubeconfig, remoteSecret } from '../../../../mesh/istio/remote-secret.ts';
import { rolloutStatus } from '../../../../mesh/istio/rollout-status.ts';
import {
  addRound,
  EMPTY_TALLY,
  isProof,
  pairsFrom,
  readAnswers,
} from '../../../../mesh/istio/traffic-tally.ts';
import type { KubernetesObject } from '../../../../mesh/kubernetes-object.ts';
import { parse } from 'yaml';

describe('mesh networks', () => {
  test('stand for a gateway without address with the placeholder, and only for such', () => {
    const text = meshNetworksText([
      { name: 'network1', clusters: ['cluster1'], addresses: ['198.18.1.10'] },
      { name: 'network2', clusters: ['cluster2', 'cluster3'], addresses: [] },
    ]);
    expect(parse(text)).toEqual({
      networks: {
        network1: {
          endpoints: [{ fromRegistry: 'cluster1' }],
          gateways: [{ address: '198.18.1.10', port: 15443 }],
        },
        network2: {
          endpoints: [{ fromRegistry: 'cluster2' }, { fromRegistry: 'cluster3' }],
          gateways: [{ address: ADDRESS_PLACEHOLDER, port: 15443 }],
        },
      },
    });
  });

  test.each(['on', 'null', '123', 'a: b', '::1', '0x1f'])('keep %j the text it is', (name) => {
    expect(
      parse(meshNetworksText([{ name, clusters: [name], addresses: [name] }]), { version: '1.1' }),
    ).toEqual({
      networks: {
        [name]: { endpoints: [{ fromRegistry: name }], gateways: [{ address: name, port: 15443 }] },
      },
    });
  });
});

test('a remote secret has one key, named as the cluster, with a kubeconfig that names it everywhere', () => {
  const kubeconfig = parse(
    remoteKubeconfig({
      cluster: 'cluster2',
      server: 'https://10.0.0.2:6443',
      caData: 'Q0E=',
      token: 't',
    }),
  );
  expect(kubeconfig).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'cluster2',
    clusters: [
      {
        name: 'cluster2',
        cluster: { server: 'https://10.0.0.2:6443', 'certificate-authority-data': 'Q0E=' },
      },
    ],
    contexts: [{ name: 'cluster2', context: { cluster: 'cluster2', user: 'cluster2' } }],
    users: [{ name: 'cluster2', user: { token: 't' } }],
  });
  expect(remoteSecret('cluster2', 'istio-system', 'eA==')).toMatchObject({
    metadata: {
      name: 'istio-remote-secret-cluster2',
      labels: { 'istio/multiCluster': 'true' },
      annotations: { 'networking.istio.io/cluster': 'cluster2' },
    },
    data: { cluster2: 'eA==' },
  });
});

describe('clusterz', () => {
  const answer = JSON.stringify([
    { id: 'cluster1', syncStatus: 'synced' },
    {
      id: 'cluster2',
      secretName: 'istio-system/istio-remote-secret-cluster2',
      syncStatus: 'syncing',
    },
  ]);
  const status = (text: string): string =>
    clusterzStatus(text, 'cluster2', 'istio-system/istio-remote-secret-cluster2');

  test('is read behind whatever notice precedes it', () => {
    expect(status(`memory limit is 1Gi\n${answer}`)).toBe('syncing');
  });

  test('says absent for a cluster that another secret registered, and for nonsense', () => {
    expect(clusterzStatus(answer, 'cluster2', 'istio-system/other')).toBe('absent');
    expect([status(''), status('[oops'), status('[]')]).toEqual(['absent', 'absent', 'absent']);
  });
});

describe('Kubernetes for an Istio version', () => {
  test.each([
    ['1.30.4', 'v1.32.0', null],
    [
      '1.30.4',
      'v1.31.9',
      'kubernetes v1.31.9 is older than 1.32, the oldest that istio 1.30.4 supports',
    ],
    ['1.31.0-dev.20260827', 'v1.36.3', null],
    ['1.40.0', 'v1.50.1+k3s1', null],
    ['1.26.8', 'v1.33.0', 'istio 1.26.8 is older than 1.27, the oldest that meshwright installs'],
  ])('istio %s on %s', (istio, kubernetes, reason) => {
    expect(unsupportedReason(istio, kubernetes)).toBe(reason);
  });
});

describe('foreign Istio', () => {
  const istiod = (manager: string): KubernetesObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'istiod',
      namespace: 'istio-system',
      managedFields: [{ manager }, { manager: 'kube-controller-manager', subresource: 'status' }],
    },
    spec: {
      template: {
        spec: { containers: [{ name: 'discovery', image: 'docker.io/istio/pilot:1.30.4' }] },
      },
    },
  });
  const nothing = { deployments: [], webhooks: [], meshConfigMaps: [], inventories: [] };
  const inventory = (mesh: string, namespace = 'istio-system'): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'meshwright-inventory-base',
      namespace,
      labels: { 'meshwright.dev/mesh': mesh },
    },
  });

  test('is what another manager applied', () => {
    expect(
      foreignIstio('prod', 'istio-system', { ...nothing, deployments: [istiod('istio-operator')] }),
    ).toEqual(['Deployment istio-system/istiod, managed by istio-operator']);
    expect(
      foreignIstio('prod', 'istio-system', {
        ...nothing,
        deployments: [istiod('meshwright')],
        inventories: [inventory('prod')],
      }),
    ).toEqual([]);
  });

  test('is what meshwright installed for another mesh', () => {
    expect(
      foreignIstio('prod', 'istio-system', { ...nothing, inventories: [inventory('test')] }),
    ).toEqual(['mesh test of meshwright in namespace istio-system']);
  });

  test('is not the mesh itself in another namespace, of which that is told', () => {
    const inventories = [inventory('prod', 'istio-b'), inventory('test'), inventory('prod')];
    expect(
      foreignIstio('prod', 'istio-system', { ...nothing, inventories: inventories.slice(0, 1) }),
    ).toEqual([]);
    expect(otherHome('prod', 'istio-system', inventories)).toBe('istio-b');
    expect(otherHome('test', 'istio-system', inventories)).toBeNull();
    expect(otherMeshes('prod', inventories)).toEqual(['test']);
  });

  test('has the version of its image', () => {
    expect([istiodVersion([istiod('x')]), istiodVersion([])]).toEqual(['1.30.4', null]);
  });
});

describe('pods and rollouts', () => {
  const pod = (status: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'istiod-1' },
    status,
  });
  const deployment = (status: object, more: object = {}): KubernetesObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', generation: 2 } as KubernetesObject['metadata'],
    spec: { replicas: 1 },
    status: {
      observedGeneration: 2,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      ...status,
    },
    ...more,
  });

  test('a pod says what is wrong in its own words', () => {
    const waiting = {
      name: 'discovery',
      state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling\n image "x"' } },
    };
    expect(podTrouble(pod({ containerStatuses: [waiting] }))).toEqual({
      line: 'pod istiod-1: ImagePullBackOff of container discovery: Back-off pulling image "x"',
      fatal: true,
      paused: true,
    });
    const unscheduled = {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/1 nodes are available',
        },
      ],
    };
    expect(podTrouble(pod(unscheduled))).toEqual({
      line: 'pod istiod-1: Unschedulable: 0/1 nodes are available',
      fatal: false,
      paused: false,
    });
    expect(
      podTrouble(
        pod({
          containerStatuses: [{ name: 'a', state: { waiting: { reason: 'ContainerCreating' } } }],
        }),
      ),
    ).toBeNull();
  });

  test('a crash loop names the last exit', () => {
    const status = {
      name: 'app',
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    };
    expect(podTrouble(pod({ containerStatuses: [status] }))?.line).toContain('last exit 1 Error');
  });

  test('a pod that goes away is not ready', () => {
    const ready = pod({ conditions: [{ type: 'Ready', status: 'True' }] });
    expect([
      isPodReady(ready),
      isPodReady({ ...ready, metadata: { name: 'x', deletionTimestamp: 'now' } }),
    ]).toEqual([true, false]);
  });

  test('a rollout is done when all replicas of the new template serve', () => {
    expect(rolloutStatus(deployment({})).state).toBe('done');
    expect(rolloutStatus(deployment({ availableReplicas: 0 }))).toMatchObject({
      reason: '0 of 1 pods ready',
    });
    expect(rolloutStatus(deployment({ observedGeneration: 1 }))).toMatchObject({
      reason: 'not seen by its controller yet',
    });
    expect(rolloutStatus(deployment({ replicas: 2 }))).toMatchObject({
      reason: '1 old pods still there',
    });
    expect(rolloutStatus(undefined)).toMatchObject({ reason: 'the Deployment does not exist' });
  });

  test('a rollout says who refuses its pods, and when it gave up', () => {
    const refused = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'service "istiod" not found',
    };
    expect(rolloutStatus(deployment({ conditions: [refused] }))).toMatchObject({
      reason: 'FailedCreate: service "istiod" not found',
      gaveUp: false,
    });
    expect(
      rolloutStatus(
        deployment({
          conditions: [
            { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
          ],
        }),
      ),
    ).toMatchObject({ gaveUp: true });
    const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
    expect(rolloutStatus(deployment({ conditions: [late, refused] }))).toMatchObject({
      reason: 'FailedCreate: service "istiod" not found',
      gaveUp: true,
    });
  });
});

describe('answers of the verification', () => {
  const both = ['cluster1', 'cluster2'];

  test('count by cluster, and everything else is an error', () => {
    const tally = readAnswers(
      '0 cluster1\n0 cluster2\n1 wget: server returned error: HTTP/1.1 503\n0 hello\nnoise\n',
      both,
    );
    expect(tally).toEqual({
      requests: 4,
      answers: { cluster1: 1, cluster2: 1 },
      errors: ['wget: server returned error: HTTP/1.1 503', 'hello'],
    });
  });

  test('prove nothing while only one side answers, or too few were sent', () => {
    expect(isProof(readAnswers('0 cluster1\n'.repeat(20), both), both, 20)).toBe(false);
    expect(isProof(readAnswers('0 cluster1\n0 cluster2\n', both), both, 20)).toBe(false);
    expect(isProof(readAnswers('0 cluster1\n0 cluster2\n'.repeat(10), both), both, 20)).toBe(true);
  });

  test('start anew after a failed request', () => {
    const bad = addRound(EMPTY_TALLY, readAnswers('0 cluster2\n1 refused\n', both));
    expect(addRound(bad, readAnswers('0 cluster1\n', both))).toEqual({
      requests: 1,
      answers: { cluster1: 1 },
      errors: [],
    });
  });

  test('name the pair that is missing and where to look', () => {
    const [local, across] = pairsFrom(
      'cluster1',
      both,
      readAnswers('0 cluster1\n'.repeat(20), both),
    );
    expect(local).toEqual({
      from: 'cluster1',
      to: 'cluster1',
      ok: true,
      requests: 20,
      answers: 20,
      reason: null,
    });
    expect(across).toMatchObject({ ok: false, answers: 0 });
    expect(across?.reason).toBe(
      'only cluster1 answered; see whether pods of cluster1 reach the east-west gateway of cluster2 on port 15443',
    );
  });

  test('repeat what wget said', () => {
    const [pair] = pairsFrom('cluster1', both, readAnswers('1 wget: download timed out\n', both));
    expect(pair?.reason).toBe('1 of 1 requests failed: wget: download timed out');
  });
});
