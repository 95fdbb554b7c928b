import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Cluster } from '../../activities/ports/cluster.ts';
import type { Plan, PlanStep } from '../../mesh/plan/plan.ts';
import { step } from '../../mesh/plan/step.ts';
import { aMeshSpec } from '../support/a-mesh-spec.ts';
import { startOperation } from '../support/install-run.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { startStepsWorker, type StepsWorker } from '../support/steps-worker.ts';
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts';
import { testClusters } from '../support/test-clusters.ts';
import { quietRuntime, type RunningWorker, startWorker } from '../support/workflow-worker.ts';
import { startWriteGate, type WriteGate } from '../support/write-gate.ts';

jest.setTimeout(180_000);

const OBJECTS = 40;
/** Lanes of one step's writes (activities/attempt/bounded-parallel.ts). */
const LANES = 16;

let kube: KubeApiServer;
let temporal: TemporalServer;
let cluster: Cluster;
let gates: WriteGate[] = [];
let workers: StepsWorker[] = [];
let workflows: RunningWorker | undefined;
let way: CountingProxy;
const clusters: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  quietRuntime();
  [kube, temporal] = await Promise.all([startKubeApiServer(), startTemporalServer()]);
  const { server, caPem, adminToken: token } = kube;
  const opened = testClusters(writeKubeconfig([{ name: 'cluster1', server, caPem, token }]));
  clusters.push(opened);
  cluster = await opened.open({ name: 'cluster1', context: 'cluster1' });
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await workflows?.stop();
  await Promise.all([way.stop(), ...gates.map((gate) => gate.stop())]);
  workers = [];
  gates = [];
});

afterAll(async () => {
  await Promise.all(clusters.map((opened) => opened.close()));
  await temporal.stop();
  await kube.stop();
});

/** A plan of one step, whose objects all hold the value. */
function planOf(namespace: string, value: string): Plan {
  const resources = Array.from({ length: OBJECTS }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `map-${index}` },
    data: { value },
  }));
  const input = {
    cluster: { name: 'cluster1', context: 'cluster1' },
    mesh: 'mesh1',
    namespace,
    resources,
  };
  const only = step('applyResources', 'cluster1', 'resources', 'resources', [], input) as PlanStep;
  return { digest: '0123456789ab', summary: [value], steps: [only] };
}

/** Everything that was written, without what every write moves. */
async function digest(namespace: string): Promise<string[]> {
  const found = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace });
  return found.map(({ metadata, ...rest }) => JSON.stringify([metadata.name, rest])).toSorted();
}

describe('an attempt that another one has superseded writes nothing', () => {
  /**
   * Holds the first worker's writes up, cuts it off from Temporal, lets it fall behind, finishes the install with another worker and changes everything with one more install. Then
   * the first one goes on where it was: what it has under way fails and is to be sent again, and the rest of its wave is still to be written.
   */
  async function supersede(
    name: string,
    fallBehind: (first: StepsWorker) => void = () => undefined,
    comeBack: (first: StepsWorker) => void = () => undefined,
  ): Promise<void> {
    const spec = aMeshSpec({ name });
    const taskQueue = `queue-${name}`;
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    way = await startCountingProxy(Number(temporal.address.split(':')[1]));
    workflows = await startWorker(temporal.nativeConnection, {}, taskQueue);
    const launch = async (
      value: string,
      address = temporal.address,
    ): Promise<[StepsWorker, WriteGate]> => {
      const gate = await startWriteGate(kube);
      gates.push(gate);
      const { caPem, adminToken: token } = kube;
      const kubeconfig = writeKubeconfig([{ name: 'cluster1', server: gate.server, caPem, token }]);
      const plan = planOf(name, value);
      const worker = await startStepsWorker({ address, taskQueue, kubeconfig, spec, plan });
      workers.push(worker);
      return [worker, gate];
    };
    const [first, gate] = await launch('old', `127.0.0.1:${way.port}`);
    const held = gate.hold(8, LANES);
    const install = await startOperation(temporal, 'install', spec, taskQueue);
    await held;
    way.refuse();
    fallBehind(first);
    const [second] = await launch('old');
    await install.result();
    await second.kill();
    await launch('new');
    await (await startOperation(temporal, 'install', spec, taskQueue)).result();
    const before = await digest(name);
    const written = gate.writes().length;

    comeBack(first);
    gate.drop();
    // Without leave it waits for Temporal; one that did not ask would be done with its writes by now.
    await Promise.race([first.waiting, first.ended]);
    way.accept();
    await first.ended;
    expect(gate.writes().slice(written)).toEqual([]);
    expect(await digest(name)).toEqual(before);
    expect(before.filter((line) => line.includes('"value":"new"'))).toHaveLength(OBJECTS);
  }

  test('when its process was frozen (SIGSTOP) and goes on (SIGCONT)', () =>
    supersede(
      'frozen',
      (first) => first.freeze(),
      (first) => first.thaw(),
    ));

  test('when its event loop was blocked', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'meshwright-block-')), 'blocked');
    writeFileSync(file, '');
    await supersede(
      'blocked',
      (first) => first.block(file),
      () => rmSync(file),
    );
  });

  test('when it was cut off from Temporal, but not from the cluster', () => supersede('cut-off'));
});
