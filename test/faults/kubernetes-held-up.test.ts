import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StepActivities } from '../../contract/step-activities.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { type FakeScope, fakeScope } from '../support/fake-ports.ts';
import { PRIMARY_INPUT } from '../support/primary-install.ts';
import { type StepsBed, startStepsBed } from '../support/steps-bed.ts';
import { failureOf } from '../support/test-clusters.ts';

/** A step that was scheduled so long ago that its limits have passed; it looks for 10 s yet. */
const LONG_AGO = '2026-01-01T00:00:00.000Z';

let bed: StepsBed;

beforeAll(async () => {
  bed = await startStepsBed();
});

afterAll(() => bed.stop());

/** The activities with a scope whose reports can be awaited. */
function watched(scheduledAt?: string): {
  steps: StepActivities;
  reason(text: string): Promise<void>;
} {
  const scope = fakeScope(scheduledAt);
  const reported: (() => void)[] = [];
  const report: FakeScope['report'] = (heartbeat) => {
    scope.reported.push(heartbeat);
    for (const look of reported) look();
  };
  const reason = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (scope.reported.at(-1)?.reason?.includes(text) === true) resolve();
      };
      reported.push(look);
      look();
    });
  return { steps: bed.stepsWith({ scope: () => ({ ...scope, report }) }), reason };
}

/** A namespace on its way out: no controller here ends it, as in a cluster where a finalizer's owner is gone. */
async function terminating(name: string): Promise<void> {
  await bed.kubectl(['create', 'namespace', name]);
  await bed.kubectl(['delete', 'namespace', name, '--wait=false']);
  const message =
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances';
  const conditions = [
    {
      type: 'NamespaceFinalizersRemaining',
      status: 'True',
      reason: 'SomeFinalizersRemain',
      message,
    },
    { type: 'NamespaceContentRemaining', status: 'False', reason: 'ContentRemoved', message: 'no' },
  ];
  const now = { lastTransitionTime: '2026-01-01T00:00:00Z' };
  const status = { conditions: conditions.map((condition) => ({ ...condition, ...now })) };
  await bed.kubectl([
    ...['patch', 'namespace', name, '--subresource=status', '--type=merge'],
    ...['-p', JSON.stringify({ status })],
  ]);
}

async function finalize(name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}/finalize`;
  await bed.kubectl(['replace', '--raw', path, '-f', '-'], {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
    spec: { finalizers: [] },
  });
}

const prepare = (steps: StepActivities, namespace: string): Promise<StepOutcome> =>
  steps.prepareNamespace({
    cluster: { name: 'cluster1', context: 'admin' },
    mesh: 'prod',
    namespace,
    network: 'network1',
    controlPlaneClusters: [],
  });

test('a namespace that is being deleted is waited for with what holds it, and made anew when it is gone', async () => {
  await terminating('going');
  const { steps, reason } = watched();
  const prepared = prepare(steps, 'going');
  await reason('example.com/hold in 1 resource instances');
  await finalize('going');
  expect(await prepared).toMatchObject({ changed: 1 });
  const phase = ['get', 'namespace', 'going', '-o', 'jsonpath={.status.phase}{.metadata.labels}'];
  expect(await bed.kubectl(phase)).toMatch(/^Active.*"topology.istio.io\/network":"network1"/);
});

test('a namespace that somebody deletes after its step was done is told as gone, with the way out that makes all of it anew', async () => {
  const { steps } = watched();
  const input = { cluster: { name: 'cluster1', context: 'admin' }, mesh: 'prod' };
  const trust = { source: 'generated', home: null } as const;
  const createCa = (): Promise<StepOutcome> =>
    steps.createCaSecret({
      ...input,
      namespace: 'deleted',
      trust,
      home: null,
      rootFingerprint: null,
    });
  await prepare(steps, 'deleted');
  await bed.kubectl(['delete', 'namespace', 'deleted', '--wait=false']);
  expect(await failureOf(createCa())).toMatchObject({
    type: 'ConcurrentChange',
    message: expect.stringContaining('is being deleted'),
    details: { cure: expect.stringContaining('--context admin get namespace deleted -o yaml') },
  });
  await finalize('deleted');
  expect(await failureOf(createCa())).toMatchObject({
    type: 'DeletedMeanwhile',
    message: expect.stringMatching(/there is no namespace deleted; .* somebody deleted it$/),
    details: {
      cluster: 'cluster1',
      namespace: 'deleted',
      cure: expect.stringMatching(/meshwright abort prod .*--yes --confirm prod, then .*install/),
      lines: [expect.stringContaining('do not make it by hand')],
    },
  });
  const awaitIstiod = (): Promise<StepOutcome> =>
    watched(LONG_AGO).steps.awaitControlPlane({
      cluster: input.cluster,
      namespace: 'deleted',
      revision: null,
      limitMs: 1_000,
    });
  expect(await failureOf(awaitIstiod())).toMatchObject({
    type: 'DeletedMeanwhile',
    message: expect.stringMatching(/^cluster1: there is no namespace deleted; /),
    details: { cure: expect.stringContaining('meshwright abort MESH') },
  });
  // as the next install does
  expect(await prepare(steps, 'deleted')).toMatchObject({ changed: 1 });
  // as where istiod alone was deleted
  expect(await failureOf(awaitIstiod())).toMatchObject({
    type: 'DeletedMeanwhile',
    message: expect.stringMatching(
      /: Deployment deleted\/istiod is not there; .* somebody deleted it$/,
    ),
    details: {
      cure: expect.stringContaining('meshwright abort MESH'),
      lines: ['the Deployment does not exist'],
    },
  });
  expect(await createCa()).toMatchObject({ changed: 1 });
});

test('a namespace of the mesh file that nobody has made is to be made by hand', async () => {
  const { steps } = watched();
  await prepare(steps, 'present');
  const mine = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'mine', namespace: 'absent' },
  };
  const apply = (): Promise<StepOutcome> =>
    steps.applyResources({
      cluster: { name: 'cluster1', context: 'admin' },
      mesh: 'prod',
      namespace: 'present',
      resources: [mine],
    });
  const failure = await failureOf(apply());
  expect(failure).toMatchObject({ type: 'NamespaceGone', details: { namespace: 'absent' } });
  const command = /kubectl --context admin (create namespace absent)$/.exec(
    failure.details.cure ?? '',
  );
  await bed.kubectl(command?.[1]?.split(' ') ?? []);
  expect(await apply()).toMatchObject({ changed: 1 });
});

test('a namespace that does not end within the limit blocks with what holds it and the command that shows it', async () => {
  await terminating('stuck');
  const failure = await failureOf(prepare(watched(LONG_AGO).steps, 'stuck'));
  expect(failure).toMatchObject({
    type: 'WaitTimedOut',
    message: 'end of namespace stuck in cluster1 did not come within 2 min',
    details: { cluster: 'cluster1', lines: [expect.stringContaining('example.com/hold')] },
  });
  expect(failure.details.cure).toContain('kubectl --context admin get namespace stuck -o yaml');
  await finalize('stuck');
  expect(await prepare(watched().steps, 'stuck')).toMatchObject({ changed: 1 });
});

test('a definition whose names somebody else has taken is waited for with that reason, and established when they are free', async () => {
  await bed.kubectl(['create', 'namespace', 'istio-system']);
  await bed.kubectl(['create', '-f', '-'], {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'doors.networking.istio.io' },
    spec: {
      group: 'networking.istio.io',
      scope: 'Namespaced',
      names: { plural: 'doors', kind: 'Gateway', listKind: 'DoorList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
      ],
    },
  });
  await bed.kubectl(['wait', '--for=condition=Established', 'crd/doors.networking.istio.io']);
  const input = { ...PRIMARY_INPUT, role: 'primary' as const };
  const words =
    'CustomResourceDefinition gateways.networking.istio.io: "Gateway" is already in use';
  const { steps, reason } = watched();
  const applied = steps.applyDefinitions(input);
  await reason(words);
  await bed.kubectl(['delete', 'crd', 'doors.networking.istio.io']);
  expect((await applied).changed).toBeGreaterThan(10);
  await bed.kubectl(['wait', '--for=condition=Established', 'crd/gateways.networking.istio.io']);
});
