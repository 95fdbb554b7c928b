import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createApplyDefinitions } from '../../../activities/control-plane/definitions.ts';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../../mesh/plan/plan.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts, type FakeScope, fakeScope } from '../../support/fake-ports.ts';
import { PRIMARY_INPUT } from '../../support/primary-install.ts';

const ref = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  name: 'gateways.networking.istio.io',
};
const definition: KubernetesObject = {
  apiVersion: ref.apiVersion,
  kind: ref.kind,
  metadata: { name: ref.name },
  spec: {
    group: 'networking.istio.io',
    names: { kind: 'Gateway' },
    versions: [
      { name: 'v1alpha1', served: false },
      { name: 'v1', served: true },
    ],
  },
};

function start(): { cluster: FakeCluster; scope: FakeScope; outcome: Promise<StepOutcome> } {
  const cluster = fakeCluster('cluster1');
  const scope = fakeScope();
  const ports = fakePorts([cluster], { rendered: [definition], scope: () => scope });
  const outcome = createApplyDefinitions(ports)({ ...PRIMARY_INPUT, role: 'primary' });
  outcome.catch(() => undefined);
  return { cluster, scope, outcome };
}

function judge(cluster: FakeCluster, conditions: { [field: string]: string }[]): void {
  cluster.update('kube-apiserver', ref, (live) => ({ ...live, status: { conditions } }));
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('definitions are done only when their kinds can be written, a moment after they are established', async () => {
  const { cluster, outcome } = start();
  const looks: string[] = [];
  cluster.serves = (apiVersion, kind) => {
    looks.push(`${kind} of ${apiVersion}`);
    return Promise.resolve(looks.length === 3);
  };
  await jest.advanceTimersByTimeAsync(1_000);
  expect(looks).toEqual([]);
  judge(cluster, [{ type: 'Established', status: 'True' }]);
  await jest.advanceTimersByTimeAsync(1_000);
  await expect(outcome).resolves.toEqual({ changed: 1, summary: '1 objects, 1 changed' });
  expect(looks).toEqual(Array.from({ length: 3 }, () => 'Gateway of networking.istio.io/v1'));
});

test('definitions that are not established within a minute block with what the API server says', async () => {
  const { cluster, scope, outcome } = start();
  await jest.advanceTimersByTimeAsync(0);
  expect(scope.reported.at(-1)).toMatchObject({
    waitingFor: 'establishing of 1 CustomResourceDefinitions in cluster1',
    reason: `CustomResourceDefinition ${ref.name}: the API server has not looked at it yet`,
  });
  judge(cluster, [
    { type: 'Established', status: 'False', message: 'not all names are accepted' },
    { type: 'NamesAccepted', status: 'False', message: '"Gateway" is already in use' },
  ]);
  const reason = `CustomResourceDefinition ${ref.name}: "Gateway" is already in use`;
  expect(scope.reported.at(-1)?.reason).toBe(reason);
  await jest.advanceTimersByTimeAsync(60_001);
  await expect(outcome).rejects.toMatchObject({
    type: 'WaitTimedOut',
    details: {
      lines: [reason],
      cure: expect.stringContaining('kubectl --context admin get customresourcedefinitions'),
    },
  });
});
