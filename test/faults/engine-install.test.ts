import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MESH_STATE } from '../../contract/search-attributes.ts';
import { meshWorkflowId } from '../../contract/workflow-ids.ts';
import { PLAN_STEP_ID } from '../../mesh/plan/precheck-steps.ts';
import { startBoundaryGate } from '../support/boundary-gate.ts';
import { caSecrets } from '../support/ca-secrets.ts';
import { startCli, type CliRun } from '../support/cli-run.ts';
import {
  completedActivities,
  followHistory,
  type FollowedHistory,
  scheduledActivities,
  workersThatWentOn,
} from '../support/followed-history.ts';
import { awaitTrue } from '../support/install-run.ts';
import { raiseMeshRig, type MeshRig } from '../support/mesh-rig.ts';
import { everyResourceVersion } from '../support/resource-versions.ts';
import { stateOfClusters } from '../support/state-digest/read-state.ts';

const CLUSTERS = ['cluster1', 'cluster2'] as const;
const WORKFLOW = meshWorkflowId('sandbox');

/** How long Temporal stays away, in milliseconds: a minute in the long run. */
const AWAY_MS = process.env['MESHWRIGHT_FAULTS'] === 'all' ? 60_000 : 3_000;

/** How a command ends that did what it was asked. */
const SUCCESS = { exitCode: 0, stderr: '' };

/** What is in a list more than once. */
function twice(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

/** Id of the event with which a step completed. */
function completedAt(events: NonNullable<History['events']>, step: string): number {
  const scheduled = events.find(
    ({ activityTaskScheduledEventAttributes: attributes }) => attributes?.activityId === step,
  );
  const completed = events.find(
    ({ activityTaskCompletedEventAttributes: attributes }) =>
      String(attributes?.scheduledEventId) === String(scheduled?.eventId),
  );
  return Number(completed?.eventId);
}

describe('an install whose engine fails', () => {
  let rig: MeshRig;
  let client: Client;
  let undisturbed: string;
  let bare: string[];

  beforeAll(async () => {
    rig = await raiseMeshRig({ gateways: 'discovered' });
    bare = await objects();
    const connection = await Connection.connect({
      address: rig.server.env['TEMPORAL_ADDRESS'] ?? '',
    });
    client = new Client({ connection });
    await installed();
    undisturbed = await state();
  }, 600_000);

  afterAll(async () => {
    await client.connection.close();
    await rig.down();
  }, 120_000);

  /** Waits until a new Temporal is ready for installs. */
  async function attributesAreBack(): Promise<void> {
    for (;;) {
      const known = await client.connection.operatorService
        .listSearchAttributes({ namespace: 'default' })
        .catch(() => null);
      if (known?.customAttributes?.[MESH_STATE.name] !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  function state(): Promise<string> {
    return stateOfClusters(CLUSTERS, rig.kubectl);
  }

  /** Every object of the clusters by kind and name, but what moves by itself. */
  async function objects(): Promise<string[]> {
    return Object.keys(await everyResourceVersion(rig, CLUSTERS)).toSorted();
  }

  function install(): CliRun {
    const words = ['install', '-f', rig.meshFile, '--yes', '--progress', 'plain'];
    return startCli(words, rig.server.env);
  }

  /** Takes the mesh away, definitions included, so that an install begins anew. */
  function uninstall(): CliRun {
    const words = ['-f', rig.meshFile, '--crds', '--yes', '--confirm', 'sandbox'];
    return startCli(['uninstall', 'sandbox', ...words, '--progress', 'plain'], rig.server.env);
  }

  /** Installs as an undisturbed person would; nothing to do when it is there. */
  async function installed(): Promise<CliRun> {
    const run = install();
    expect(await run.ended).toBe(0);
    return run;
  }

  async function uninstalled(): Promise<void> {
    const run = uninstall();
    const exitCode = await run.ended;
    expect({ exitCode, stderr: exitCode === 0 ? '' : run.stderr() }).toEqual(SUCCESS);
  }

  /** The history of the run that a command follows. */
  async function historyOf(run: CliRun): Promise<FollowedHistory> {
    await run.said('install running');
    const { runId } = await client.workflow.getHandle(WORKFLOW).describe();
    return followHistory(client, WORKFLOW, runId);
  }

  /**
   * Runs an operation whose workers die one after the other, each as soon as a step has completed and before it can act on that; answers the operation's
   * history and the number of kills.
   */
  async function killedAtEveryBoundary(
    start: () => CliRun,
    afterKill: () => Promise<void> = async () => undefined,
  ): Promise<{ events: NonNullable<History['events']>; kills: number }> {
    const gate = await startBoundaryGate(rig.server.env['TEMPORAL_ADDRESS'] ?? '');
    await rig.server.killWorker();
    const run = start();
    const over = run.ended.then(() => null);
    let kills = 0;
    for (;;) {
      const boundary = gate.untilBoundary().then(() => 'reached');
      rig.server.startWorker({ TEMPORAL_ADDRESS: gate.address });
      if ((await Promise.race([boundary, over])) === null) break;
      await rig.server.killWorker();
      kills += 1;
      await afterKill();
    }
    const exitCode = await run.ended;
    expect({ exitCode, stderr: exitCode === 0 ? '' : run.stderr() }).toEqual(SUCCESS);
    await rig.server.killWorker();
    await gate.stop();
    rig.server.startWorker();
    const { runId } = await client.workflow.getHandle(WORKFLOW).describe();
    const events = await followHistory(client, WORKFLOW, runId).events();
    return { events, kills };
  }

  test('leaves nothing of an uninstall whose worker is killed at every step boundary, and ends an install as an undisturbed one does; neither does a step twice', async () => {
    await installed();
    const removal = await killedAtEveryBoundary(uninstall);
    console.info(`${removal.kills} kills, ${scheduledActivities(removal.events).length} steps`);
    expect(workersThatWentOn(removal.events)).toEqual([]);
    expect(twice(scheduledActivities(removal.events))).toEqual([]);
    // Pods that end and what garbage collection takes away are gone a little later.
    await awaitTrue(objects, (found) => JSON.stringify(found) === JSON.stringify(bare)).catch(
      () => undefined,
    );
    expect(await objects()).toEqual(bare);

    let first: { [cluster: string]: string } = {};
    const { events, kills } = await killedAtEveryBoundary(install, async () => {
      first = { ...(await caSecrets(rig)), ...first };
    });
    const scheduled = scheduledActivities(events);
    console.info(`${kills} kills, ${scheduled.length} steps`);
    expect(workersThatWentOn(events)).toEqual([]);
    expect(twice(scheduled)).toEqual([]);
    expect(completedActivities(events).toSorted()).toEqual(scheduled.toSorted());
    expect(await caSecrets(rig)).toEqual(first);
    expect(await state()).toBe(undisturbed);
  }, 900_000);

  test('goes on when whoever follows is killed and Temporal is killed and stays away; what a person terminated the next one takes up, also when its worker is told to stop', async () => {
    await uninstalled();
    const run = install();
    const history = await historyOf(run);
    const killed = install();
    await killed.said('install running');
    killed.child.kill('SIGKILL');

    await history.completedBeyond(4);
    const [supervisor = 0] = rig.server.pids();
    // Nobody starts it again meanwhile.
    process.kill(supervisor, 'SIGSTOP');
    rig.server.killTemporal();
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    process.kill(supervisor, 'SIGCONT');

    await history.completedBeyond(14);
    await client.workflow.getHandle(WORKFLOW).terminate('a person pulled the plug');
    expect(await run.ended).toBe(1);
    expect(twice(scheduledActivities(await history.events()))).toEqual([]);
    const first = await caSecrets(rig);
    expect(Object.keys(first).length).toBeGreaterThan(0);

    const next = install();
    await (await historyOf(next)).completedBeyond(8);
    const [, worker = 0] = rig.server.pids();
    rig.server.startWorker();
    process.kill(worker, 'SIGTERM');
    expect(await next.ended).toBe(0);
    expect(existsSync(`/proc/${worker}`)).toBe(false);
    expect(await caSecrets(rig)).toMatchObject(first);
    expect(await state()).toBe(undisturbed);
  }, 600_000);

  test('that is reset to before its steps does them again and changes nothing', async () => {
    await installed();
    const versions = await everyResourceVersion(rig);
    const handle = client.workflow.getHandle(WORKFLOW);
    const { runId } = await handle.describe();
    const events = (await handle.fetchHistory()).events ?? [];
    const planned = completedAt(events, PLAN_STEP_ID);
    const task = events.find(
      ({ eventId, workflowTaskCompletedEventAttributes: completed }) =>
        completed !== undefined && completed !== null && Number(eventId) > planned,
    );
    const reset = await client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: WORKFLOW, runId },
      reason: 'look again',
      workflowTaskFinishEventId: task?.eventId ?? null,
      requestId: randomUUID(),
    });
    expect(await client.workflow.getHandle(WORKFLOW, reset.runId ?? '').result()).toMatchObject({
      changed: 0,
    });
    expect(await everyResourceVersion(rig)).toEqual(versions);
    expect(await state()).toBe(undisturbed);
  }, 300_000);

  test('finds everything as it was when Temporal has lost all it knew', async () => {
    await installed();
    const versions = await everyResourceVersion(rig);
    const [supervisor = 0] = rig.server.pids();
    process.kill(supervisor, 'SIGSTOP');
    rig.server.killTemporal();
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(rig.dir, 'home', `temporal.db${suffix}`), { force: true });
    process.kill(supervisor, 'SIGCONT');
    await attributesAreBack();
    const run = await installed();
    expect(run.stdout() + run.stderr()).toContain('nothing to change');
    expect(await everyResourceVersion(rig)).toEqual(versions);
    expect(await state()).toBe(undisturbed);
  }, 300_000);
});
