import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MeshHistory } from '../../client/history/history-document.ts';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import { awaitTrue } from '../support/install-run.ts';
import { raiseMeshRig, type MeshRig } from '../support/mesh-rig.ts';

const NAMESPACE = 'istio-system';
/** Less than istiod asks for. */
const MOST_MEMORY = '100Mi';
/** How long the install waits for istiod, as a mesh file says it. */
const WAIT = '25s';
/** Longer than that, in milliseconds. */
const LONGER_THAN_THE_WAIT = 30_000;
/** Time until a pod is refused that long after the first, in milliseconds. */
const REFUSED_LIMIT_MS = 150_000;

let rig: MeshRig;

beforeAll(async () => {
  rig = await raiseMeshRig({ clusters: 1, gateways: 'discovered' });
}, 300_000);

afterAll(async () => {
  await rig.down();
}, 120_000);

async function limitMemory(): Promise<void> {
  const limit = { type: 'Container', max: { memory: MOST_MEMORY } };
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'small', namespace: NAMESPACE },
      spec: { limits: [limit] },
    },
  ];
  const file = join(rig.dir, 'limit.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await rig.kubectl('cluster1', 'create', '-f', file);
}

async function status(): Promise<MeshStatus> {
  const { stdout } = await rig.meshwright('status', 'sandbox', '-o', 'json');
  return JSON.parse(stdout) as MeshStatus;
}

/** Milliseconds from the first pod that was refused to the last: the pause of its controller is as long again. */
async function refusedFor(): Promise<number> {
  const refusals = await rig.objects('cluster1', 'events', '-n', NAMESPACE);
  const times = refusals.flatMap((event) => {
    const { reason, firstTimestamp, lastTimestamp } = event as typeof event & {
      [field: string]: string;
    };
    return reason === 'FailedCreate' ? [firstTimestamp, lastTimestamp] : [];
  });
  const known = times.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  return known.length === 0 ? 0 : Math.max(...known) - Math.min(...known);
}

async function askedAgain(kind: string): Promise<string[]> {
  const objects = await rig.objects('cluster1', kind, '-n', NAMESPACE);
  return objects.flatMap(
    ({ metadata }) => metadata.annotations?.['meshwright.dev/asked-again'] ?? [],
  );
}

test('pods that a LimitRange refused are there as soon as it is gone and the step is retried, however long Kubernetes pauses', async () => {
  await limitMemory();
  const file = rig.editMesh((mesh) => mesh.setIn(['spec', 'timeouts', 'controlPlane'], WAIT));
  const install = ['install', '-f', file, '--yes', '--detach', '--reason', 'new mesh'];
  expect(await rig.meshwright(...install)).toMatchObject({ exitCode: 0 });
  const blocked = await awaitTrue(
    status,
    ({ operation }) => operation.state === 'blocked',
    REFUSED_LIMIT_MS,
  );
  const steps = blocked.steps.filter(({ state }) => state === 'blocked');
  expect(steps).toHaveLength(1);
  const [step] = steps;
  const cause = `must be less than or equal to memory limit of ${MOST_MEMORY}`;
  expect(step?.failure?.causes?.join()).toContain(cause);

  await awaitTrue(refusedFor, (ms) => ms > LONGER_THAN_THE_WAIT, REFUSED_LIMIT_MS);
  await rig.kubectl('cluster1', 'delete', 'limitrange', 'small', '-n', NAMESPACE);
  const retry = ['retry', 'sandbox', step?.id ?? '', '--reason', 'the limit is gone'];
  const retried = await rig.meshwright(...retry);
  expect({ ...retried, state: (await status()).operation.state }).toMatchObject({
    exitCode: 0,
    state: 'succeeded',
  });
  const [operation] = (
    JSON.parse((await rig.meshwright('history', 'sandbox', '-o', 'json')).stdout) as MeshHistory
  ).operations;
  const failures = operation?.events.flatMap(({ failure }) => failure ?? []);
  expect(failures).toEqual([step?.failure]);
  expect(await askedAgain('deployments')).toEqual([]);
  expect(await askedAgain('replicasets')).toHaveLength(1);
}, 400_000);
