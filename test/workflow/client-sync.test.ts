import { afterEach, describe, expect, test } from '@jest/globals';
import type { MeshHistory } from '../../client/history/history-document.ts';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import type { SyncReport } from '../../contract/mesh-sync.ts';
import { syncWorkflowId, TASK_QUEUE } from '../../contract/workflow-ids.ts';
import { aMeshSpec } from '../support/a-mesh-spec.ts';
import { clientBed } from '../support/client-bed.ts';
import { aPlan, awaitTrue, scriptedInstall, startOperation } from '../support/install-run.ts';
import { aFollowSpec, aTargetLook, ScriptedSync } from '../support/scripted-sync.ts';
import { stepFailure } from '../support/scripted-steps.ts';
import { awaitSync, handOver } from '../support/sync-run.ts';

describe('the sync of an installed mesh', () => {
  const { meshwright, rest, server, workWith } = clientBed();
  let mesh = 1;

  afterEach(async () => {
    // or it would be watched by the next test's worker
    const sync = server().client.workflow.getHandle(syncWorkflowId(`mesh${mesh}`));
    await sync.terminate('the test is over').catch(() => undefined);
    mesh += 1;
  });

  /** An installed mesh, and a sync of it that has written once. */
  async function synced(sync: ScriptedSync): Promise<string> {
    const name = `mesh${mesh}`;
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), aMeshSpec({ name }));
    await workWith({ ...steps.activities(), ...sync.activities() });
    await (await startOperation(server(), 'install', aMeshSpec({ name }))).result();
    await handOver(server().client, TASK_QUEUE, aFollowSpec(name, 'cluster2'));
    sync.see(aTargetLook('198.18.1.1', '198.18.1.2'));
    await awaitSync(server().client, name, ({ written }) => written === 1);
    return name;
  }

  async function json<T>(...words: string[]): Promise<T> {
    return JSON.parse((await meshwright(...words, '-o', 'json')).stdout) as T;
  }

  test('is told by status, with what it changed last', async () => {
    const name = await synced(new ScriptedSync());
    const { exitCode, stdout } = await meshwright('status', name);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^sync {2}following 1 object for \d.* · last change \d.* ago: cluster2 · istiod at 198\.18\.1\.2 \(was 198\.18\.1\.1\)$/m,
    );
    const { sync } = await json<MeshStatus>('status', name);
    expect(sync).toMatchObject({ state: 'following', written: 1, ended: null });
  });

  test('is told by history with before and after, without a worker too', async () => {
    const name = await synced(new ScriptedSync());
    await rest();
    const { sync } = await json<MeshHistory>('history', name, '--sync');
    expect(sync).toMatchObject([
      { cluster: 'cluster2', before: ['198.18.1.1'], after: ['198.18.1.2'], failure: null },
    ]);
    const { stdout } = await meshwright('history', name, '--sync');
    expect(stdout).toContain('198.18.1.1   198.18.1.2   ✔ written');
    expect((await json<SyncReport>('sync', name)).state).toBe('unanswered');
    expect((await meshwright('sync', name)).exitCode).toBe(5);
  });

  test('ends with 3 while a person must do something, and tries again when told', async () => {
    const sync = new ScriptedSync();
    const name = await synced(sync);
    sync.onWrite(() => {
      throw stepFailure('Forbidden', 'cluster2: may not patch endpointslices');
    });
    sync.see(aTargetLook('198.18.1.2', '198.18.1.3'));
    await awaitSync(server().client, name, ({ state }) => state === 'blocked');
    const blocked = await meshwright('sync', name);
    expect(blocked.exitCode).toBe(3);
    expect(blocked.stdout).toContain('Forbidden: cluster2: may not patch endpointslices');
    expect(blocked.stdout).toContain(`meshwright sync ${name} --now --reason "…"`);
    sync.onWrite(() => ({}));
    const asked = await meshwright('sync', name, '--now', '--reason', 'role granted');
    expect(asked.exitCode).toBe(0);
    await awaitTrue(
      async () => sync.watched().at(-1)?.known.length,
      (known) => known === 0,
    );
    sync.see(aTargetLook('198.18.1.2', '198.18.1.3'));
    await awaitSync(server().client, name, ({ written }) => written === 2);
    expect((await meshwright('sync', name)).exitCode).toBe(0);
  });

  test('is ended by a person, who is named afterwards', async () => {
    const name = await synced(new ScriptedSync());
    const stop = ['sync', name, '--stop', '--reason', 'moving house'];
    expect((await meshwright(...stop)).exitCode).toBe(0);
    const ended = await awaitTrue(
      () => json<SyncReport>('sync', name),
      ({ state }) => state === 'ended',
    );
    expect(ended.ended).toMatchObject({
      how: 'stopped',
      by: 'ana@laptop',
      reason: 'moving house',
    });
    const { exitCode, stdout } = await meshwright('status', name);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^sync {2}not running, stopped .* ago by ana@laptop: "moving house"/m);
    expect((await meshwright('sync', name)).exitCode).toBe(1);
    expect((await meshwright(...stop)).stderr).toContain(
      `nothing follows the addresses of ${name}`,
    );
  });

  test('is not to be looked at and ended at once', async () => {
    const { exitCode, stderr } = await meshwright('sync', 'mesh1', '--now', '--stop');
    expect([exitCode, stderr.includes('--now and --stop')]).toEqual([2, true]);
  });
});
