import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { temporalChangeRecorder } from '../../../activities/adapters/temporal-change-recorder.ts';
import { temporalDoubtedProof } from '../../../activities/adapters/temporal-doubted-proof.ts';
import { proofInterceptor } from '../../../activities/attempt/proof-interceptor.ts';
import { recordedClusters } from '../../../activities/attempt/recorded-clusters.ts';
import type { Cluster } from '../../../activities/ports/cluster.ts';
import { doubtingClusters } from '../../../activities/verification/doubting-clusters.ts';
import { verifiedRecord } from '../../../mesh/istio/verified-record.ts';
import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';
import { refOf } from '../../../mesh/kubernetes-object.ts';
import { fakeCluster, fakeClusters } from '../../support/fake-cluster.ts';

const NAMESPACE = 'istio-system';
const RECORD = verifiedRecord('prod', NAMESPACE, 'digest-1');
const GATEWAY: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'gateway', namespace: NAMESPACE },
};
const REF = { name: 'cluster1', context: 'cluster1' };

/** Whether the proof is still there after an activity of that type did this to a cluster that has it. */
async function isProvenAfter(
  activityType: string,
  work: (cluster: Cluster) => Promise<unknown>,
  {
    input = { namespace: NAMESPACE },
    heartbeatDetails,
  }: { input?: object; heartbeatDetails?: object } = {},
): Promise<boolean> {
  const fake = fakeCluster('cluster1');
  await fake.apply(RECORD);
  const recorded = recordedClusters(fakeClusters(fake), temporalChangeRecorder);
  const clusters = doubtingClusters(recorded, temporalDoubtedProof);
  const env = new MockActivityEnvironment(
    { activityType, heartbeatDetails },
    { interceptors: [proofInterceptor] },
  );
  await env.run(async (_input: object) => work(await clusters.open(REF)), input).catch(() => null);
  return (await fake.read(refOf(RECORD))) !== null;
}

test.each<[string, (cluster: Cluster) => Promise<unknown>]>([
  ['is changed', (cluster) => cluster.apply(GATEWAY)],
  ['is created', (cluster) => cluster.create(GATEWAY)],
  [
    'is changed before the attempt fails',
    async (cluster) => {
      await cluster.apply(GATEWAY);
      throw new Error('dead');
    },
  ],
])('a mesh in which something %s is not verified any more', async (_what, work) => {
  expect(await isProvenAfter('applyGateway', work)).toBe(false);
  const input = { istio: { namespace: NAMESPACE } };
  expect(await isProvenAfter('applyControlPlane', work, { input })).toBe(false);
});

test('a mesh in which everything is as it should be stays verified', async () => {
  expect(await isProvenAfter('applyGateway', (cluster) => cluster.apply(RECORD))).toBe(true);
  const dry = (cluster: Cluster): Promise<unknown> => cluster.apply(GATEWAY, { dryRun: true });
  expect(await isProvenAfter('applyGateway', dry)).toBe(true);
  const absent = (cluster: Cluster): Promise<unknown> => cluster.remove(refOf(GATEWAY));
  expect(await isProvenAfter('removeComponent', absent)).toBe(true);
});

test('what an attempt wrote that died before it took the proof back, the next one takes it back for', async () => {
  const written = { created: 1, changed: 0, removed: 0, objects: [], cut: 1 };
  const heartbeatDetails = { waitingFor: null, reason: null, since: null, written };
  const nothing = (): Promise<unknown> => Promise.resolve();
  expect(await isProvenAfter('applyGateway', nothing, { heartbeatDetails })).toBe(false);
  expect(await isProvenAfter('applyGateway', nothing)).toBe(true);
});

test('the verification itself and the sync leave the proof to themselves', async () => {
  const work = (cluster: Cluster): Promise<unknown> => cluster.apply(GATEWAY);
  expect(await isProvenAfter('verifyTraffic', work)).toBe(true);
  expect(await isProvenAfter('applyDrift', work)).toBe(true);
});
