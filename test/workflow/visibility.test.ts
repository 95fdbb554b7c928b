import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { describe, expect, test } from '@jest/globals';
import {
  MESH_BLOCKED_STEPS,
  MESH_CLUSTERS,
  MESH_NAME,
  MESH_OPERATION,
  MESH_STATE,
} from '../../contract/search-attributes.ts';
import {
  aPlan,
  awaitProgress,
  awaitTrue,
  progressOf,
  retry,
  scriptedInstall,
  statesOf,
} from '../support/install-run.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();

/** Ids of the workflows that a query of the Temporal UI finds, once visibility has caught up. */
async function found(query: string, wanted: string[]): Promise<string[]> {
  const ask = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { workflowId } of bed.server().client.workflow.list({ query }))
      ids.push(workflowId);
    return ids.sort();
  };
  return awaitTrue(ask, (ids) => ids.join() === wanted.join());
}

/** Current details as the Temporal UI reads them. */
async function detailsOf(install: { query(name: string): Promise<unknown> }): Promise<string> {
  const metadata = (await install.query('__temporal_workflow_metadata')) as {
    currentDetails: string;
  };
  // the gap that keeps the columns of the UI apart
  return metadata.currentDetails.replaceAll('\u2003', '');
}

function blockedOnce(steps: ScriptedSteps, id: string): ScriptedSteps {
  return steps.on(id, ({ round }) => {
    if (round > 1) return NOTHING_CHANGED;
    throw stepFailure('WaitTimedOut', 'service has no address', { cure: 'raise the quota' });
  });
}

describe('a person who opens the Temporal UI', () => {
  test('finds what waits for a person by search attributes', async () => {
    const spec = bed.spec();
    await bed.work(blockedOnce(scriptedInstall(aPlan({ 'cluster1/a': [] }), spec), 'cluster1/a'));
    const install = await bed.start('install', spec);
    await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
    const id = `mesh-${spec.name}`;
    expect(await found(`MeshState="blocked" AND MeshName="${spec.name}"`, [id])).toEqual([id]);
    expect(await found('MeshBlockedSteps="cluster1/a"', [id])).toEqual([id]);
    expect(
      await found(`MeshClusters="cluster2" AND MeshOperation="install" AND MeshState="blocked"`, [
        id,
      ]),
    ).toEqual([id]);
    await retry(install, { step: 'cluster1/a', by: 'ana', reason: 'again' });
    await install.result();
    expect(await found(`MeshState="succeeded" AND MeshName="${spec.name}"`, [id])).toEqual([id]);
    const { typedSearchAttributes } = await install.describe();
    expect(typedSearchAttributes.get(MESH_BLOCKED_STEPS)).toBeUndefined();
    expect(typedSearchAttributes.get(MESH_NAME)).toBe(spec.name);
    expect(typedSearchAttributes.get(MESH_CLUSTERS)).toEqual(['cluster1', 'cluster2']);
    expect(typedSearchAttributes.get(MESH_OPERATION)).toBe('install');
    expect(typedSearchAttributes.get(MESH_STATE)).toBe('succeeded');
  });

  test('reads a table of all steps with reason, cure and the command that goes on', async () => {
    const spec = bed.spec();
    await bed.work(
      blockedOnce(
        scriptedInstall(aPlan({ 'cluster1/a': [], 'cluster2/late': ['cluster1/a'] }), spec),
        'cluster1/a',
      ),
    );
    const install = await bed.start('install', spec);
    await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
    const details = await detailsOf(install);
    expect(details).toContain(
      `**install ${spec.name}: blocked** · 3 of 5 steps done · started by ana@laptop (first install)`,
    );
    expect(details).toContain('WaitTimedOut: service has no address');
    expect(details).toContain('- cure: raise the quota');
    expect(details).toContain(`\`meshwright retry ${spec.name} cluster1/a --reason "…"\``);
    expect(details).toMatch(/^\| cluster2 \| late \| ○ pending \|/mu);
    await retry(install, { step: 'cluster1/a', by: 'ana', reason: 'again' });
    await install.result();
    expect(await detailsOf(install)).toMatch(
      /\*\*decided\*\*\n\n- \S+Z ana: retry cluster1\/a \(again\)\n/u,
    );
    expect(await detailsOf(install)).toMatch(
      /^\| cluster1 \| a \| ✔ done \| .+ \| nothing to change · retried by ana: again \|$/mu,
    );
  });

  test('sees on every activity what it does and where, in at most 100 characters', async () => {
    const spec = bed.spec();
    const {
      steps: [long],
    } = aPlan({ 'cluster1/long': [] });
    const plan = aPlan(
      { 'cluster1/create-remote-secret': [], 'mesh/all': [] },
      { 'mesh/all': { ...long, id: 'mesh/all', cluster: null, title: 'x'.repeat(200) } },
    );
    await bed.work(blockedOnce(scriptedInstall(plan, spec), 'cluster1/create-remote-secret'));
    const install = await bed.start('install', spec);
    await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
    await retry(install, { step: 'cluster1/create-remote-secret', by: 'ana', reason: 'again' });
    await install.result();
    const { events } = await install.fetchHistory();
    const summaries = new Map(
      (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
        scheduled
          ? [
              [
                scheduled.activityId ?? '',
                JSON.parse(Buffer.from(userMetadata?.summary?.data ?? []).toString()) as string,
              ],
            ]
          : [],
      ) as [string, string][],
    );
    expect(summaries.get('cluster1/precheck')).toBe('cluster1 · precheck');
    expect(summaries.get('mesh/plan')).toBe('mesh · plan');
    expect(summaries.get('cluster1/create-remote-secret#2')).toBe(
      'cluster1 · create remote secret · round 2',
    );
    expect(summaries.get('mesh/all')).toHaveLength(100);
  });

  test('sees which messages a workflow takes, each with a description', async () => {
    await bed.work(scriptedInstall(aPlan({})));
    const install = await bed.start('install');
    await install.result();
    const { definition } = (await install.query('__temporal_workflow_metadata')) as {
      definition: {
        queryDefinitions: { name: string; description: string }[];
        updateDefinitions: { name: string; description: string }[];
      };
    };
    const ours = [...definition.queryDefinitions, ...definition.updateDefinitions].filter(
      ({ name }) => !name.startsWith('__'),
    );
    expect(ours.map(({ name }) => name).sort()).toEqual([
      'abort',
      'cancel',
      'pause',
      'progress',
      'resume',
      'retry',
      'skip',
      'spec',
    ]);
    expect(ours.every(({ description }) => description.length > 10)).toBe(true);
  });
});

describe('operations of a mesh', () => {
  test('starting the same install again attaches to it, and starting it anew is refused', async () => {
    const spec = bed.spec();
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), spec);
    const held = steps.hold('cluster1/a');
    await bed.work(steps);
    const install = await bed.start('install', spec);
    await held.reached;
    await expect(bed.start('install', spec)).rejects.toBeInstanceOf(
      WorkflowExecutionAlreadyStartedError,
    );
    const again = await bed.server().client.workflow.start('installMesh', {
      workflowId: install.workflowId,
      taskQueue: bed.taskQueue(),
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [{}],
    });
    expect((await again.describe()).runId).toBe((await install.describe()).runId);
    held.release();
    await install.result();
    expect(steps.started().filter((id) => id === 'cluster1/a')).toHaveLength(1);
  });

  test('two meshes at once share nothing', async () => {
    const east = bed.spec({ name: 'east' });
    const west = bed.spec({ name: 'west' });
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'] }), east);
    steps.on('cluster1/a', ({ workflowId, round }) => {
      if (workflowId === 'mesh-east' && round === 1) throw stepFailure('Forbidden', 'may not');
      return workflowId === 'mesh-east'
        ? { changed: 7, summary: '7 objects changed' }
        : NOTHING_CHANGED;
    });
    await bed.work(steps);
    const [first, second] = await Promise.all([
      bed.start('install', east),
      bed.start('install', west),
    ]);
    expect(await second.result()).toMatchObject({ changed: 0 });
    const blocked = await awaitProgress(
      first,
      (progress) => progress.operation.state === 'blocked',
    );
    expect(statesOf(blocked)).toMatchObject({ 'cluster1/a': 'blocked', 'cluster1/b': 'pending' });
    expect(statesOf(await progressOf(second))).toMatchObject({
      'cluster1/a': 'done',
      'cluster1/b': 'done',
    });
    await retry(first, { step: 'cluster1/a', by: 'ana', reason: 'again' });
    expect(await first.result()).toMatchObject({ changed: 7 });
  });
});
