import { describe, expect, test } from '@jest/globals';
import {
  aPlan,
  awaitStep,
  awaitTrue,
  progressOf,
  scriptedInstall,
  statesOf,
} from '../support/install-run.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();

describe('order of steps', () => {
  test('a step starts when all it needs is done, and not before', async () => {
    const steps = scriptedInstall(
      aPlan({
        'cluster1/last': ['cluster1/first', 'cluster2/first'],
        'cluster1/first': [],
        'cluster2/first': [],
      }),
    );
    const held = steps.hold('cluster2/first');
    await bed.work(steps);
    const install = await bed.start('install');
    await held.reached;
    await awaitStep(install, 'cluster1/first', 'done');
    expect(statesOf(await progressOf(install))['cluster1/last']).toBe('pending');
    expect(steps.started()).not.toContain('cluster1/last');
    held.release();
    await install.result();
    expect(steps.started().at(-1)).toBe('cluster1/last');
  });

  test('clusters do not wait for each other without a reason', async () => {
    const steps = scriptedInstall(
      aPlan({
        'cluster1/a': [],
        'cluster1/b': ['cluster1/a'],
        'cluster2/a': [],
        'cluster2/b': ['cluster2/a'],
      }),
    );
    const held = [steps.hold('cluster1/a'), steps.hold('cluster2/b')];
    await bed.work(steps);
    const install = await bed.start('install');
    await Promise.all(held.map((step) => step.reached));
    expect(statesOf(await progressOf(install))).toMatchObject({
      'cluster1/a': 'running',
      'cluster2/a': 'done',
      'cluster2/b': 'running',
    });
    held.forEach((step) => step.release());
    await install.result();
  });

  test('every cluster is prechecked before there is a plan, and the planner gets all that was read', async () => {
    const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }));
    await bed.work(steps);
    await (await bed.start('install')).result();
    expect(steps.started().slice(0, 2).sort()).toEqual(['cluster1/precheck', 'cluster2/precheck']);
    expect(steps.started().slice(2)).toEqual(['mesh/plan', 'cluster1/a']);
    expect(steps.calls()[2]?.input).toMatchObject({
      facts: [{ cluster: 'cluster1' }, { cluster: 'cluster2' }],
    });
  });

  test('at most 64 steps work at once, and all of them are run', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `cluster1/step-${index}`);
    const steps = scriptedInstall(aPlan(Object.fromEntries(ids.map((id) => [id, []]))));
    const held = ids.map((id) => steps.hold(id));
    await bed.work(steps);
    const install = await bed.start('install');
    await awaitTrue(
      async () => steps.mostInFlight(),
      (most) => most >= 64,
    );
    expect(
      Object.values(statesOf(await progressOf(install))).filter((state) => state === 'running'),
    ).toHaveLength(64);
    held.forEach((step) => step.release());
    await install.result();
    expect(steps.mostInFlight()).toBe(64);
    expect(steps.ended().filter((id) => ids.includes(id))).toHaveLength(100);
  });

  test('waits do not keep other steps from working', async () => {
    const waits = Array.from({ length: 100 }, (_, index) => `cluster1/wait-${index}`);
    const plan = aPlan(
      Object.fromEntries([...waits, 'cluster1/work'].map((id) => [id, []])),
      Object.fromEntries(waits.map((id) => [id, { kind: 'awaitGateway' }])),
    );
    const steps = scriptedInstall(plan);
    const held = waits.map((id) => steps.hold(id));
    await bed.work(steps);
    const install = await bed.start('install');
    await Promise.all(held.map((step) => step.reached));
    await awaitStep(install, 'cluster1/work', 'done');
    held.forEach((step) => step.release());
    await install.result();
  });
});

describe('steps that are only for changes', () => {
  const plan = aPlan(
    { 'cluster1/a': [], 'cluster1/b': ['cluster1/a'], 'cluster1/c': ['cluster1/b'] },
    { 'cluster1/b': { when: 'changed' } },
  );

  test('are skipped when nothing changed, and what needs them goes on', async () => {
    const steps = scriptedInstall(plan);
    await bed.work(steps);
    const install = await bed.start('install');
    expect(await install.result()).toEqual({ changed: 0, planDigest: plan.digest });
    expect(statesOf(await progressOf(install))).toMatchObject({
      'cluster1/b': 'skipped',
      'cluster1/c': 'done',
    });
    expect(steps.started()).not.toContain('cluster1/b');
  });

  test('run when something changed', async () => {
    const steps = scriptedInstall(plan).on('cluster1/a', () => ({
      changed: 3,
      summary: '3 objects changed',
    }));
    await bed.work(steps);
    const install = await bed.start('install');
    expect(await install.result()).toEqual({ changed: 3, planDigest: plan.digest });
    expect(steps.started()).toContain('cluster1/b');
  });
});
