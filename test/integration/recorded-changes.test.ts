import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { applyComponent } from '../../activities/objects/apply-objects.ts';
import { ChangeRecorder } from '../../activities/attempt/change-recorder.ts';
import type { Cluster } from '../../activities/ports/cluster.ts';
import { recordedCluster } from '../../activities/attempt/recorded-clusters.ts';
import { removeComponentObjects } from '../../activities/removal/remove-objects.ts';
import type { StepHeartbeat } from '../../contract/step-activities.ts';
import { firstOf } from '../../client/history/decode.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { Plan, PlanStep, StepOutcome } from '../../mesh/plan/plan.ts';
import type { ObjectChange } from '../../mesh/plan/object-changes.ts';
import { step } from '../../mesh/plan/step.ts';
import { aMeshSpec } from '../support/a-mesh-spec.ts';
import { awaitTrue, startOperation } from '../support/install-run.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { startStepsWorker } from '../support/steps-worker.ts';
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts';
import { testClusters } from '../support/test-clusters.ts';
import { quietRuntime, type RunningWorker, startWorker } from '../support/workflow-worker.ts';
import { startWriteGate, type WriteGate } from '../support/write-gate.ts';

jest.setTimeout(180_000);

let kube: KubeApiServer;
let temporal: TemporalServer;
let gate: WriteGate;
let workflows: RunningWorker | undefined;
const closing: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  quietRuntime();
  [kube, temporal] = await Promise.all([startKubeApiServer(), startTemporalServer()]);
  gate = await startWriteGate(kube);
});

afterEach(async () => {
  await workflows?.stop();
  workflows = undefined;
});

afterAll(async () => {
  await Promise.all(closing.map((each) => each.close()));
  await gate.stop();
  await temporal.stop();
  await kube.stop();
});

function kubeconfigOf(server: string): string {
  const { caPem, adminToken: token } = kube;
  return writeKubeconfig([{ name: 'cluster1', server, caPem, token }]);
}

/** The cluster behind the gate, and a namespace of its own in it. */
async function clusterWith(namespace: string): Promise<Cluster> {
  const clusters = testClusters(kubeconfigOf(gate.server));
  closing.push(clusters);
  const cluster = await clusters.open({ name: 'cluster1', context: 'cluster1' });
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return cluster;
}

function objects(namespace: string, value: string): KubernetesObject[] {
  const metadata = { namespace, name: 'one' };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
  ];
}

/** Installs, installs again, changes, and takes one object away; answers the requests of each. */
async function life(cluster: Cluster, namespace: string): Promise<number[]> {
  const component = { mesh: 'mesh1', namespace, name: 'resources' };
  const counts: number[] = [];
  for (const wanted of [
    objects(namespace, 'a'),
    objects(namespace, 'a'),
    objects(namespace, 'b'),
    objects(namespace, 'b').slice(1),
  ]) {
    const before = gate.requests();
    await applyComponent(cluster, component, wanted);
    counts.push(gate.requests() - before);
  }
  return counts;
}

test('recording what is written costs no request', async () => {
  const [plain, other] = [await clusterWith('plain'), await clusterWith('recorded')];
  // What kinds the API server has is asked once a connection.
  await life(plain, 'plain');
  const recorded = recordedCluster(other, new ChangeRecorder(null));
  await life(recorded, 'recorded');
  for (const [cluster, namespace] of [
    [plain, 'plain'],
    [recorded, 'recorded'],
  ] as const)
    await removeComponentObjects(cluster, { mesh: 'mesh1', namespace, name: 'resources' });
  const counts = await life(recorded, 'recorded');
  expect(counts).toEqual(await life(plain, 'plain'));
  expect(counts.every((count) => count > 0)).toBe(true);
});

test('each change has what was before and after: digests follow one another from step to step', async () => {
  const cluster = await clusterWith('chain');
  const component = { mesh: 'mesh1', namespace: 'chain', name: 'resources' };
  const step_ = async (wanted: KubernetesObject[]): Promise<ObjectChange[]> => {
    const recorder = new ChangeRecorder(null);
    await applyComponent(recordedCluster(cluster, recorder), component, wanted);
    return recorder.changes(100)?.objects ?? [];
  };
  const told = (changes: ObjectChange[]): string[] =>
    changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`).sort();
  const first = await step_(objects('chain', 'a'));
  const second = await step_(objects('chain', 'a'));
  const third = await step_(objects('chain', 'b'));
  const fourth = await step_(objects('chain', 'b').filter(({ kind }) => kind !== 'ConfigMap'));
  expect(told(first)).toEqual([
    'created ConfigMap chain/meshwright-inventory-resources',
    'created ConfigMap chain/one',
    'created Service chain/one',
    'created ServiceAccount chain/one',
  ]);
  expect(second).toEqual([]);
  expect(told(third)).toEqual(['changed ConfigMap chain/one']);
  expect(told(fourth)).toEqual([
    'changed ConfigMap chain/meshwright-inventory-resources',
    'removed ConfigMap chain/one',
  ]);
  const configMap = (changes: ObjectChange[]): ObjectChange | undefined =>
    changes.find(({ kind, name }) => kind === 'ConfigMap' && name === 'chain/one');
  expect(configMap(first)?.before).toBeNull();
  expect(configMap(third)?.before).toBe(configMap(first)?.after);
  expect(configMap(fourth)?.before).toBe(configMap(third)?.after);
  expect(configMap(third)?.after).not.toBe(configMap(third)?.before);
});

const OBJECTS = 40;
/** Lanes of one step's writes (activities/attempt/bounded-parallel.ts). */
const LANES = 16;
/** Objects that are made before the worker is killed: the inventory and some of the plan's. */
const BEFORE = 9;
/** What is written besides: the record of an earlier verification is taken back. */
const WITHDRAWALS = 1;

/** A plan of one step with many objects. */
function planOf(namespace: string): Plan {
  const resources = Array.from({ length: OBJECTS }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `map-${index}` },
  }));
  const cluster = { name: 'cluster1', context: 'cluster1' };
  const input = { cluster, mesh: 'mesh1', namespace, resources };
  const only = step('applyResources', 'cluster1', 'resources', 'resources', [], input) as PlanStep;
  return { digest: '0123456789ab', summary: [], steps: [only] };
}

test('what a killed worker wrote is told with what the next one writes', async () => {
  const spec = aMeshSpec({ name: 'killed' });
  const taskQueue = 'queue-killed';
  await clusterWith('killed');
  workflows = await startWorker(temporal.nativeConnection, {}, taskQueue);
  const { address } = temporal;
  const order = { address, taskQueue, spec, plan: planOf('killed') };
  const held = gate.hold(BEFORE + WITHDRAWALS, LANES);
  const first = await startStepsWorker({ ...order, kubeconfig: kubeconfigOf(gate.server) });
  const install = await startOperation(temporal, 'install', spec, taskQueue);
  await held;
  const written = async (): Promise<StepHeartbeat['written']> => {
    const { raw } = await install.describe();
    return firstOf<StepHeartbeat>(raw.pendingActivities?.[0]?.heartbeatDetails)?.written;
  };
  await awaitTrue(written, (seen) => seen?.created === BEFORE);
  await first.kill();
  gate.drop();
  const second = await startStepsWorker({ ...order, kubeconfig: kubeconfigOf(kube.server) });
  await install.result();
  await second.kill();
  const { events } = await install.fetchHistory();
  const outcomes = (events ?? []).flatMap((event) => {
    const done = event.activityTaskCompletedEventAttributes;
    return done ? [firstOf<StepOutcome>(done.result)] : [];
  });
  const { changes, attempts } = outcomes.at(-1) ?? {};
  expect(attempts).toBe(2);
  expect(changes).toMatchObject({ created: OBJECTS + 1, changed: 0, removed: 0 });
  expect(new Set(changes?.objects.map(({ name }) => name)).size).toBe(OBJECTS + 1);
});
