import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ClosableClusters } from '../../activities/adapters/kubernetes-clusters.ts';
import type { Cluster } from '../../activities/ports/cluster.ts';
import { createStepActivities } from '../../activities/step-activities.ts';
import type { StepActivities } from '../../contract/step-activities.ts';
import { EAST_WEST_GATEWAY, READER_TOKEN_SECRET } from '../../mesh/istio/istio-names.ts';
import { readMeshRecord } from '../../mesh/istio/mesh-record.ts';
import { planInstall } from '../../mesh/plan/install-plan.ts';
import { precheckSteps } from '../../mesh/plan/precheck-steps.ts';
import type { Plan, PlanStep, StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepKind } from '../../mesh/plan/step-inputs.ts';
import { resolveParts } from '../../sandbox/toolchain/resolve.ts';
import { aCluster, aMeshSpec } from '../support/a-mesh-spec.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { PRIMARY_INPUT, rendererOf } from '../support/primary-install.ts';
import { sendToKube } from '../support/send-to-kube.ts';
import { testClusters } from '../support/test-clusters.ts';

jest.setTimeout(180_000);

const namespace = 'istio-system';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** Steps that wait for pods, which no kubelet runs here, or use what those do. */
const NEED_PODS: ReadonlySet<StepKind> = new Set([
  'awaitControlPlane',
  'awaitGateway',
  'awaitClusterSync',
  'verifyTraffic',
]);
const spec = aMeshSpec({
  clusters: [aCluster('east', 'net-east'), aCluster('west', 'net-west', 'east')],
  networks: ['net-east', 'net-west'].map((name) => ({ name, gateways: 'meshNetworks' })),
  istio: { version: PRIMARY_INPUT.istio.version },
});

let servers: { [cluster: string]: KubeApiServer };
let clusters: ClosableClusters;
let steps: StepActivities;

beforeAll(async () => {
  const { istioctl } = await resolveParts(['istioctl'], {
    env: process.env,
    onProgress: () => undefined,
  });
  const [east, west] = await Promise.all([startKubeApiServer(), startKubeApiServer()]);
  servers = { east, west };
  const contexts = Object.entries(servers).map(([name, { server, caPem, adminToken }]) => ({
    name: `kind-${name}`,
    server,
    caPem,
    token: adminToken,
  }));
  clusters = testClusters(writeKubeconfig(contexts));
  steps = createStepActivities(fakePorts([], { clusters, renderer: rendererOf(istioctl) }));
});

afterAll(async () => {
  await clusters.close();
  await Promise.all(Object.values(servers).map((server) => server.stop()));
});

const run = (step: PlanStep): Promise<StepOutcome> =>
  (steps[step.kind] as (input: unknown) => Promise<StepOutcome>)(step.input);
const open = (name: string): Promise<Cluster> => clusters.open({ name, context: `kind-${name}` });

/** Plans from what prechecks read in the clusters that are not away. */
async function planned(away: string[]): Promise<Plan> {
  const prechecks = precheckSteps(spec).filter(
    ({ kind, cluster }) => kind === 'precheck' && !away.includes(cluster ?? ''),
  );
  const outcomes = await Promise.all(prechecks.map(run));
  return planInstall(
    spec,
    outcomes.flatMap(({ facts = [] }) => facts),
    sha256,
    { away },
  );
}

/** Does the steps of a plan one after the other, and what load balancers and the controller manager do; answers which changed something. */
async function carriedOut({ steps: all }: Plan): Promise<string[]> {
  const changed: string[] = [];
  const done = new Set(all.filter(({ kind }) => NEED_PODS.has(kind)).map(({ id }) => id));
  const ready = (): PlanStep | undefined =>
    all.find(({ id, needs }) => !done.has(id) && needs.every((need) => done.has(need)));
  for (let step = ready(); step !== undefined; step = ready()) {
    const [outcome] = await Promise.all([run(step), actedAround(step)]);
    if (outcome.changed > 0) changed.push(step.id);
    done.add(step.id);
  }
  expect(done.size).toBe(all.length);
  return changed;
}

async function actedAround(step: PlanStep): Promise<void> {
  const server = servers[step.cluster ?? ''];
  if (server === undefined) return;
  const path = `/api/v1/namespaces/${namespace}`;
  if (step.kind === 'awaitGatewayAddress') {
    const ip = step.cluster === 'east' ? '198.18.1.10' : '198.18.2.10';
    await sendToKube(server, 'PATCH', `${path}/services/${EAST_WEST_GATEWAY}/status`, {
      status: { loadBalancer: { ingress: [{ ip }] } },
    });
  }
  if (step.kind === 'createRemoteSecret') {
    const cluster = await open(step.cluster ?? '');
    await cluster.watchUntil({ apiVersion: 'v1', kind: 'Secret', namespace }, (found) =>
      found.some(({ metadata }) => metadata.name === READER_TOKEN_SECRET) ? true : undefined,
    );
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    await sendToKube(server, 'PATCH', `${path}/secrets/${READER_TOKEN_SECRET}`, {
      data: { token: base64(server.adminToken), 'ca.crt': base64(server.caPem) },
    });
  }
}

async function read(kind: string, name: string, apiVersion = 'v1'): Promise<unknown> {
  return (await open('east')).read({ apiVersion, kind, namespace, name });
}

async function networksInEast(): Promise<string> {
  const found = (await read('ConfigMap', 'istio')) as { data?: { meshNetworks?: string } } | null;
  return found?.data?.meshNetworks ?? '';
}

async function membersInEast(): Promise<(string | undefined)[]> {
  const found = await read('ConfigMap', 'meshwright-mesh');
  return (readMeshRecord(found as never)?.members ?? []).map(({ name, uid }) =>
    uid === '' ? undefined : name,
  );
}

/** Versions of everything in east that an install writes or that names another cluster. */
async function versionsInEast(): Promise<Map<string, string | undefined>> {
  const east = await open('east');
  const kinds = [
    ['v1', 'Namespace'],
    ['v1', 'ConfigMap'],
    ['v1', 'Secret'],
    ['v1', 'Service'],
    ['apps/v1', 'Deployment'],
    ['networking.istio.io/v1', 'Gateway'],
  ] as const;
  const lists = await Promise.all(
    kinds.map(([apiVersion, kind]) => east.list({ apiVersion, kind })),
  );
  return new Map(
    lists
      .flat()
      .map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion]),
  );
}

test('a cluster that is away is left out, then attached without a touch to istiod, then missed without a trace of it lost', async () => {
  const { west } = servers;
  if (west === undefined) throw new Error('there is no west');
  await west.killApiServer();
  expect(await carriedOut(await planned(['west']))).toContain('east/apply-control-plane');
  expect(await networksInEast()).toContain('198.18.1.10');
  expect(await networksInEast()).not.toContain('west');
  expect(await membersInEast()).toEqual(['east']);
  const without = await versionsInEast();
  expect([...without.keys()].filter((name) => name.includes('west'))).toEqual([
    'Service istio-eastwestgateway',
    'Deployment istio-eastwestgateway',
  ]);
  expect(await carriedOut(await planned(['west']))).toEqual([]);

  await west.startApiServer();
  const attached = await carriedOut(await planned([]));
  // The control plane's own change is that its meshNetworks list west's network, see below.
  expect(attached.filter((id) => !id.startsWith('west/'))).toEqual([
    'east/apply-control-plane',
    'mesh/remember',
  ]);
  expect(await networksInEast()).toContain('198.18.2.10');
  expect(await membersInEast()).toEqual(['east', 'west']);
  const whole = await versionsInEast();
  const moved = [...whole].filter(([name, version]) => without.get(name) !== version);
  expect(moved.map(([name]) => name).sort()).toEqual([
    'ConfigMap istio',
    'ConfigMap meshwright-inventory-remote-secret-west',
    'ConfigMap meshwright-mesh',
    'Secret istio-remote-secret-west',
  ]);

  await west.killApiServer();
  expect(await carriedOut(await planned(['west']))).toEqual([]);
  expect(await versionsInEast()).toEqual(whole);
});
