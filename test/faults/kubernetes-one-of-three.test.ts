import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { MeshProgress, MeshStatus, StepStatus } from '../../contract/mesh-status.ts';
import {
  type BareInstall,
  type BareMesh,
  type BeforeAttempt,
  startBareMesh,
} from '../support/bare-mesh.ts';
import { fillEtcd, relieveEtcd } from '../support/etcd-space.ts';
import { awaitTrue, progressOf } from '../support/install-run.ts';
import type { KubeApiServer } from '../support/kube-api-server.ts';
import { quietRuntime } from '../support/workflow-worker.ts';

jest.setTimeout(300_000);

/** Time for what has to come of a fault, in milliseconds. */
const LIMIT_MS = 120_000;
/** What west's etcd holds; an install takes a fifth of it. */
const QUOTA_BYTES = 32 * 1024 * 1024;
/** `MESHWRIGHT_FAULTS=all`: the API server is away for a minute, and three attempts find the etcd full. */
const [AWAY_MS, FULL_ATTEMPTS] = process.env['MESHWRIGHT_FAULTS'] === 'all' ? [60_000, 3] : [0, 1];
/** Time that a cluster has to answer before the others go on without it, in milliseconds: shorter than an install gives it. */
const GRACE_MS = 4_000;
/** The least pause between two attempts to write into a full etcd. */
const FULL_RETRY_MS = 15_000;

let mesh: BareMesh;
let west: KubeApiServer;
let undisturbed: string;

beforeAll(async () => {
  quietRuntime();
  const quota = `--quota-backend-bytes=${QUOTA_BYTES}`;
  mesh = await startBareMesh({ east: [], north: [], west: [quota] });
  west = mesh.servers['west'] as KubeApiServer;
  const install = await mesh.install();
  await install.ended();
  undisturbed = await mesh.digest();
});

afterAll(() => mesh.stop());

/** How west's API server goes away, what is said of it then, and how it comes back. */
const ABSENCES = [
  {
    becomes: 'is killed',
    leave: () => west.killApiServer(),
    back: () => west.startApiServer(),
    reason: /west: https:\/\/127\.0\.0\.1:\d+: nothing listens there \(ECONNREFUSED\)$/,
    fix: /fix {3}start the API server; it goes on by itself/,
  },
  {
    becomes: 'is frozen',
    leave: async () => west.freezeApiServer(),
    back: async () => west.thawApiServer(),
    reason:
      /west: https:\/\/127\.0\.0\.1:\d+(: no connection could be opened in time| did not answer .+ within \d+ s)/,
    fix: /fix {3}look (for a firewall|at the network) between worker and cluster/,
  },
];

/** Does something once, before the first attempt of a step begins; `done` resolves when it is done, with the time. */
function onceBefore(
  id: string,
  act: () => Promise<void>,
): { before: BeforeAttempt; done: Promise<number> } {
  let begin: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (begin = resolve)).then(act).then(() => Date.now());
  return {
    before: async ({ step }) => {
      if (step !== id) return;
      begin();
      await done;
    },
    done,
  };
}

/** Steps that are neither in a cluster or for it, nor of the whole mesh, nor need such a one. */
function stepsWithout({ steps }: MeshProgress, cluster: string): string[] {
  const held = new Set<string>();
  const isHeld = (step: MeshProgress['steps'][number]): boolean =>
    (step.cluster === null && step.id !== 'mesh/plan') ||
    (step.id.includes(cluster) && step.kind !== 'precheck') ||
    step.needs.some((need) => held.has(need));
  for (let size = -1; size !== held.size;) {
    size = held.size;
    for (const step of steps) if (isHeld(step)) held.add(step.id);
  }
  return steps.map(({ id }) => id).filter((id) => !held.has(id));
}

/** Waits until everything is done that can be done without west, and these steps are retried for the reason; answers the status then. */
async function onlyWestIsRetried(
  { handle }: BareInstall,
  ids: readonly string[],
  reason: RegExp,
): Promise<MeshStatus> {
  const others = stepsWithout(await progressOf(handle), 'west');
  expect(others).toEqual(
    expect.arrayContaining(['east/create-remote-secret-in-north', 'north/await-gateway']),
  );
  const stepOf = ({ steps }: MeshStatus, id: string): StepStatus | undefined =>
    steps.find((step) => step.id === id);
  const isRetried = (step: StepStatus | undefined): boolean =>
    step?.state === 'retrying' && reason.test(step.reason ?? '');
  const status = await awaitTrue(
    mesh.status,
    (now) =>
      ids.every((id) => isRetried(stepOf(now, id))) &&
      others.every((id) => stepOf(now, id)?.state === 'done'),
    LIMIT_MS,
  );
  expect(status.operation.state).toBe('running');
  expect(status.steps.filter(({ state }) => state === 'blocked')).toEqual([]);
  for (const { since } of status.steps)
    expect(Date.parse(since ?? status.operation.startedAt)).toBeLessThan(Date.now());
  return status;
}

const isDoneBut =
  (left: string) =>
  ({ id, state }: StepStatus): boolean =>
    id === left ? state !== 'done' : state === 'done';

function controlPlaneOf({ clusters }: MeshStatus, cluster: string): string | null {
  return clusters.find(({ name }) => name === cluster)?.controlPlane.reason ?? null;
}

describe('an install of three clusters, in the middle of which one of them', () => {
  test.each(ABSENCES)(
    'has an API server that $becomes: that one waits and says why, the others are finished, and it is too when it is back',
    async ({ leave, back, reason, fix }) => {
      mesh.controllers.holdAddresses('west');
      const { before, done } = onceBefore('west/apply-definitions', async () => {
        const isWaiting = ({ id, state }: StepStatus): boolean =>
          id === 'west/await-gateway-address' && state === 'waiting';
        await awaitTrue(mesh.status, ({ steps }) => steps.some(isWaiting), LIMIT_MS);
        await leave();
      });
      const install = await mesh.install(before);
      const awayAt = await done;
      const status = await onlyWestIsRetried(
        install,
        ['west/apply-definitions', 'west/await-gateway-address'],
        reason,
      );
      expect(controlPlaneOf(status, 'west')).toMatch(reason);
      expect(await mesh.statusScreen()).toMatch(fix);
      await sleep(Math.max(0, awayAt + AWAY_MS - Date.now()));
      mesh.controllers.letAddressesGo();
      await back();
      await install.ended();
      expect(await mesh.digest()).toBe(undisturbed);
    },
  );

  test('has an API server that stays frozen: the others are finished without it and say so, and it is attached when it thaws', async () => {
    const freeze = async (): Promise<void> => west.freezeApiServer();
    const { before, done } = onceBefore('west/apply-definitions', freeze);
    const install = await mesh.install(before, GRACE_MS);
    await done;
    const isAway = ({ clusters }: MeshStatus): boolean =>
      clusters.some(({ name, awaySince }) => name === 'west' && awaySince !== undefined);
    const status = await awaitTrue(
      mesh.status,
      (now) => isAway(now) && now.steps.every(isDoneBut('west/precheck')),
      LIMIT_MS,
    );
    expect(status.operation.state).toBe('running');
    expect(status.steps.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['east/create-remote-secret-in-north', 'mesh/verify-traffic']),
    );
    expect(await mesh.statusScreen()).toMatch(
      /‼ west: away since \d\d:\d\d:\d\dZ, the others go on without it/u,
    );
    west.thawApiServer();
    await install.ended();
    expect(await mesh.digest()).toBe(undisturbed);
  });

  test('has a full etcd: it is told so with the cure, tried again slowly, can be read, and is finished when there is room', async () => {
    const begun: number[] = [];
    const { before, done } = onceBefore('west/apply-definitions', () => fillEtcd(west.etcd));
    const install = await mesh.install(async (attempt) => {
      await before(attempt);
      if (attempt.step === 'west/apply-definitions') begun.push(Date.now());
    });
    await done;
    const status = await onlyWestIsRetried(
      install,
      ['west/apply-definitions'],
      /^west: cannot \w+ .+: etcd of west is full and takes no writes: etcdserver: mvcc: database space exceeded$/,
    );
    expect(controlPlaneOf(status, 'west')).toContain('database space exceeded');
    expect(await mesh.statusScreen()).toContain(
      'fix   compact and defragment etcd, then `etcdctl alarm disarm`; it goes on by itself',
    );
    expect(await mesh.kubectl('west', 'get', 'namespaces', '-o', 'name')).toContain('istio-system');
    // The attempt counts from the failure of the one before: what has only begun might yet find room.
    await awaitTrue(
      mesh.status,
      ({ steps }) =>
        steps.some(
          ({ id, attempts }) => id === 'west/apply-definitions' && attempts > FULL_ATTEMPTS,
        ),
      LIMIT_MS,
    );
    await relieveEtcd(west.etcd);
    await install.ended();
    expect(begun.length).toBeGreaterThan(FULL_ATTEMPTS);
    for (const [index, at] of begun.slice(1).entries())
      expect(at - (begun[index] ?? 0)).toBeGreaterThanOrEqual(FULL_RETRY_MS);
    expect(await mesh.digest()).toBe(undisturbed);
  });
});
