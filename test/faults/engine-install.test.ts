import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MESH_STATE } from '../../contract/search-attributes.ts';
import { meshWorkflowId } from '../../contract/workflow-ids.ts';
import { PLAN_STEP_ID } from '../../mesh/plan/precheck-steps.ts';
import { startCli, type CliRun } from '../support/cli-run.ts';
import {
  completedActivities,
  followHistory,
  type FollowedHistory,
  scheduledActivities,
} from '../support/followed-history.ts';
import { awaitTrue } from '../support/install-run.ts';
import { raiseMeshRig, type MeshRig } from '../support/mesh-rig.ts';
import { everyResourceVersion } from '../support/resource-versions.ts';
import { stateOfClusters } from '../support/state-digest/read-state.ts';

const CLUSTERS = ['cluster1', 'cluster2'] as const;
const WORKFLOW = meshWorkflowId('sandbox');

/** How long Temporal stays away, in milliseconds: a minute in the long run. */
const AWAY_MS = process.env['MESHWRIGHT_FAULTS'] === 'all' ? 60_000 : 3_000;

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
    expect({ exitCode, stderr: exitCode === 0 ? '' : run.stderr() }).toEqual({
      exitCode: 0,
      stderr: '',
    });
  }

  /** The history of the run that a command follows. */
  async function historyOf(
    run: CliRun,
    operation: 'install' | 'uninstall' = 'install',
  ): Promise<FollowedHistory> {
    await run.said(`${operation} running`);
    const { runId } = await client.workflow.getHandle(WORKFLOW).describe();
    return followHistory(client, WORKFLOW, runId);
  }

  /** Kills the worker after every completed step until the run has ended; answers the number of kills. */
  async function killAtEveryBoundary(
    history: FollowedHistory,
    afterKill: () => Promise<void> = async () => undefined,
  ): Promise<number> {
    let kills = 0;
    for (let known = 0; ; kills += 1) {
      if ((await history.completedBeyond(known)) === null) return kills;
      await rig.server.killWorker();
      await afterKill();
      // What completed before the process was gone has this kill for its boundary too.
      known = completedActivities(await history.events()).length;
      rig.server.startWorker();
    }
  }

  /** What the CA secrets are, as far as they exist: identity and version, which every write moves. */
  async function caSecrets(): Promise<{ [cluster: string]: string }> {
    const found: { [cluster: string]: string } = {};
    for (const cluster of CLUSTERS) {
      const [secret] = await rig.objects(
        cluster,
        'secrets',
        '-n',
        'istio-system',
        '--field-selector=metadata.name=cacerts',
      );
      if (secret !== undefined)
        found[cluster] = `${secret.metadata.uid ?? ''} ${secret.metadata.resourceVersion ?? ''}`;
    }
    return found;
  }

  test('ends like an undisturbed one when its worker is killed at every step boundary, and does no step twice', async () => {
    await uninstalled();
    const run = install();
    const history = await historyOf(run);
    let first: { [cluster: string]: string } = {};
    const kills = await killAtEveryBoundary(history, async () => {
      first = { ...(await caSecrets()), ...first };
    });
    expect(await run.ended).toBe(0);
    const events = await history.events();
    const scheduled = scheduledActivities(events);
    console.info(`${kills} kills, ${scheduled.length} steps`);
    expect(twice(scheduled)).toEqual([]);
    // Steps that run beside each other end within one kill, on a slow machine more of them; most of the longest chain must be left.
    expect(kills).toBeGreaterThan(scheduled.length / 5);
    expect(completedActivities(events).toSorted()).toEqual(scheduled.toSorted());
    expect(await caSecrets()).toEqual(first);
    expect(await state()).toBe(undisturbed);
  }, 900_000);

  test('is taken away without a trace when the worker is killed at every step boundary of the uninstall', async () => {
    await installed();
    const run = uninstall();
    const history = await historyOf(run, 'uninstall');
    const kills = await killAtEveryBoundary(history);
    expect(await run.ended).toBe(0);
    const scheduled = scheduledActivities(await history.events());
    console.info(`${kills} kills, ${scheduled.length} steps`);
    expect(twice(scheduled)).toEqual([]);
    expect(kills).toBeGreaterThan(2);
    // Pods that end and what garbage collection takes away are gone a little later.
    await awaitTrue(objects, (found) => JSON.stringify(found) === JSON.stringify(bare)).catch(
      () => undefined,
    );
    expect(await objects()).toEqual(bare);
  }, 600_000);

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
    const first = await caSecrets();
    expect(Object.keys(first).length).toBeGreaterThan(0);

    const next = install();
    await (await historyOf(next)).completedBeyond(8);
    const [, worker = 0] = rig.server.pids();
    rig.server.startWorker();
    process.kill(worker, 'SIGTERM');
    expect(await next.ended).toBe(0);
    expect(existsSync(`/proc/${worker}`)).toBe(false);
    expect(await caSecrets()).toMatchObject(first);
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
