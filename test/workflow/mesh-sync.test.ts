import { describe, expect, test } from '@jest/globals';
import { LOOK_SIGNAL, STOP_SIGNAL, type SyncResult } from '../../contract/mesh-sync.ts';
import { MESH_NAME, MESH_OPERATION, MESH_STATE } from '../../contract/search-attributes.ts';
import { syncWorkflowId } from '../../contract/workflow-ids.ts';
import { awaitTrue } from '../support/install-run.ts';
import { aFollowSpec, aTargetLook, ScriptedSync } from '../support/scripted-sync.ts';
import { stepFailure } from '../support/scripted-steps.ts';
import { awaitSync, handOver, syncStatusOf, type SyncHandle } from '../support/sync-run.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();

/** A sync of the running test's mesh that follows cluster2. */
async function following(sync: ScriptedSync, eventsPerRun?: number): Promise<SyncHandle> {
  await bed.workWith(sync.activities());
  return handOver(
    bed.server().client,
    bed.taskQueue(),
    aFollowSpec(bed.spec().name, 'cluster2'),
    eventsPerRun === undefined ? {} : { eventsPerRun },
  );
}

function client(): ReturnType<typeof bed.server>['client'] {
  return bed.server().client;
}

/** Summaries of the activities in the history of a run. */
async function activitySummaries(handle: SyncHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes, userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return activityTaskScheduledEventAttributes && data
      ? [JSON.parse(Buffer.from(data).toString()) as string]
      : [];
  });
}

describe('syncMesh', () => {
  test('writes what differs, and each write is in its history with before and after', async () => {
    const sync = new ScriptedSync();
    const handle = await following(sync);
    sync.see(aTargetLook('198.18.1.1'));
    sync.see(aTargetLook('198.18.1.1', '198.18.1.2'));
    const { name } = bed.spec();
    const status = await awaitSync(client(), name, ({ written }) => written === 1);
    expect(status).toMatchObject({
      mesh: name,
      state: 'following',
      targets: [
        { state: 'followed', cluster: 'cluster2', title: 'istiod at', live: ['198.18.1.2'] },
      ],
      changes: [{ cluster: 'cluster2', before: ['198.18.1.1'], after: ['198.18.1.2'] }],
    });
    expect(await activitySummaries(handle)).toContain(
      'cluster2 · istiod at 198.18.1.2 (was 198.18.1.1)',
    );
    const { events } = await handle.fetchHistory();
    const results = (events ?? []).map(({ activityTaskCompletedEventAttributes: done }) =>
      Buffer.from(done?.result?.payloads?.[0]?.data ?? '').toString(),
    );
    expect(results).toContainEqual(
      expect.stringContaining('"before":["198.18.1.1"],"after":["198.18.1.2"],"changed":true'),
    );
  });

  test('says in the Temporal UI what it is and how everything stands', async () => {
    const sync = new ScriptedSync();
    const handle = await following(sync);
    sync.see(aTargetLook('198.18.1.1', '198.18.1.2'));
    const { name } = bed.spec();
    await awaitSync(client(), name, ({ written }) => written === 1);
    const description = await handle.describe();
    expect(await description.staticSummary()).toBe(
      `sync ${name} · keeps 1 object at the right addresses`,
    );
    const attributes = description.typedSearchAttributes;
    expect([MESH_NAME, MESH_OPERATION, MESH_STATE].map((key) => attributes.get(key))).toEqual([
      name,
      'sync',
      'running',
    ]);
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('istiod at 198.18.1.2 (was 198.18.1.1)');
  });

  test('watches again with what it knows, so that nothing is told twice', async () => {
    const sync = new ScriptedSync();
    await following(sync);
    sync.see(aTargetLook('198.18.1.1'));
    await awaitTrue(
      async () => sync.watched().length,
      (count) => count === 2,
    );
    expect(sync.watched().map(({ known }) => known)).toEqual([[], [aTargetLook('198.18.1.1')]]);
    expect(sync.written()).toEqual([]);
  });

  test('follows something else as soon as an install says so, and forgets what is followed no more', async () => {
    const sync = new ScriptedSync();
    const handle = await following(sync);
    sync.see(aTargetLook('198.18.1.1'));
    const { name } = bed.spec();
    await awaitSync(client(), name, ({ targets }) => targets.length === 1);
    await handOver(client(), bed.taskQueue(), aFollowSpec(name, 'cluster3'));
    const watched = await awaitTrue(
      async () => sync.watched(),
      (inputs) => inputs.length === 3,
    );
    expect(watched[2]?.spec.targets.map(({ id }) => id)).toEqual(['cluster3/istiod-address']);
    expect(watched[2]?.known).toEqual([]);
    const { runId } = await handle.describe();
    expect(runId).toBe(handle.signaledRunId);
  });

  test('is not disturbed by the same hand-over again', async () => {
    const sync = new ScriptedSync();
    await following(sync);
    await awaitTrue(
      async () => sync.watched().length,
      (count) => count === 1,
    );
    const { name } = bed.spec();
    const handle = await handOver(client(), bed.taskQueue(), aFollowSpec(name, 'cluster2'));
    await awaitTrue(
      () => handle.describe(),
      ({ raw }) => !raw.pendingWorkflowTask,
    );
    await syncStatusOf(client(), name);
    expect(sync.watched()).toHaveLength(1);
  });

  test('ends when nothing is left to follow, and when a person stops it', async () => {
    const sync = new ScriptedSync();
    const first = await following(sync);
    const { name } = bed.spec();
    await first.signal('follow', aFollowSpec(name));
    expect((await first.result()) as SyncResult).toMatchObject({ ended: 'nothing to follow' });
    const second = await handOver(client(), bed.taskQueue(), aFollowSpec(name, 'cluster2'));
    await second.signal(STOP_SIGNAL, { by: 'ana@laptop', reason: 'moving house' });
    expect((await second.result()) as SyncResult).toEqual({
      ended: 'stopped',
      by: 'ana@laptop',
      reason: 'moving house',
      written: 0,
    });
    expect((await second.describe()).typedSearchAttributes.get(MESH_STATE)).toBe('succeeded');
  });

  test('shows what a person must repair, and tries again when asked', async () => {
    const sync = new ScriptedSync();
    const handle = await following(sync);
    const { name } = bed.spec();
    sync.onWrite(() => {
      throw stepFailure('Forbidden', 'cluster2: may not patch endpointslices');
    });
    sync.see(aTargetLook('198.18.1.1', '198.18.1.2'));
    const blocked = await awaitSync(client(), name, ({ state }) => state === 'blocked');
    expect(blocked.targets).toMatchObject([
      {
        state: 'blocked',
        failure: 'Forbidden',
        reason: 'cluster2: may not patch endpointslices',
        live: ['198.18.1.1'],
        wanted: ['198.18.1.2'],
      },
    ]);
    expect((await handle.describe()).typedSearchAttributes.get(MESH_STATE)).toBe('blocked');
    await awaitTrue(
      async () => sync.watched().at(-1)?.limitMs,
      (limit) => limit === 60_000,
    );
    sync.onWrite(() => ({}));
    await handle.signal(LOOK_SIGNAL, { by: 'ana@laptop', reason: 'granted' });
    await awaitTrue(
      async () => sync.watched().at(-1)?.known.length,
      (known) => known === 0,
    );
    sync.see(aTargetLook('198.18.1.1', '198.18.1.2'));
    const healed = await awaitSync(client(), name, ({ written }) => written === 1);
    expect(healed.targets).toMatchObject([{ state: 'followed', failure: null }]);
  });

  test('goes on when one of two objects cannot be written', async () => {
    const sync = new ScriptedSync();
    await bed.workWith(sync.activities());
    const { name } = bed.spec();
    await handOver(client(), bed.taskQueue(), aFollowSpec(name, 'cluster2', 'cluster3'));
    sync.onWrite(({ target }) => {
      if (target.cluster.name === 'cluster2') throw stepFailure('FieldConflict', 'belongs to helm');
      return {};
    });
    sync.see(
      aTargetLook('198.18.1.1', '198.18.1.2'),
      aTargetLook('198.18.1.1', '198.18.1.2', { target: 'cluster3/istiod-address' }),
    );
    const { targets } = await awaitSync(client(), name, ({ written }) => written === 1);
    expect(targets.map(({ cluster, state }) => `${cluster} ${state}`)).toEqual([
      'cluster2 blocked',
      'cluster3 followed',
    ]);
  });

  test('holds a target longer that keeps changing', async () => {
    const sync = new ScriptedSync();
    await following(sync);
    const { name } = bed.spec();
    for (let host = 1; host <= 5; host += 1)
      sync.see(aTargetLook(`198.18.1.${host}`, `198.18.1.${host + 1}`));
    await awaitSync(client(), name, ({ written }) => written === 5);
    const last = await awaitTrue(
      async () => sync.watched(),
      (inputs) => inputs.length === 6,
    );
    expect(last.map(({ holds }) => holds['cluster2/istiod-address'] ?? 1_500)).toEqual([
      1_500, 1_500, 1_500, 1_500, 3_000, 6_000,
    ]);
  });

  test('lives on as a new run when its history grows, and forgets nothing', async () => {
    const sync = new ScriptedSync();
    const first = await following(sync, 30);
    const { name } = bed.spec();
    const { since } = await awaitSync(client(), name, () => true);
    for (let host = 1; host <= 6; host += 1)
      sync.see(aTargetLook(`198.18.1.${host}`, `198.18.1.${host + 1}`));
    const status = await awaitSync(client(), name, ({ written }) => written === 6);
    const now = await client().workflow.getHandle(syncWorkflowId(name)).describe();
    expect(now.runId).not.toBe(first.signaledRunId);
    expect(now.historyLength).toBeLessThan(60);
    expect(status.since).toBe(since);
    expect(status.changes.map(({ after }) => after[0])).toEqual(
      [2, 3, 4, 5, 6, 7].map((host) => `198.18.1.${host}`),
    );
    expect(now.typedSearchAttributes.get(MESH_NAME)).toBe(name);
    // a message to the old run's id reaches the new one
    await client()
      .workflow.getHandle(syncWorkflowId(name))
      .signal(STOP_SIGNAL, { by: 'ana', reason: null });
    expect(await client().workflow.getHandle(syncWorkflowId(name)).result()).toMatchObject({
      ended: 'stopped',
      written: 6,
    });
  });
});
