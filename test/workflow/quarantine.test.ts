import { describe, expect, test } from '@jest/globals';
import { changedObjects } from '../../client/render/step-text.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import {
  awayIn,
  factsAbout,
  planAround,
  plannings,
  stepsAround,
  takeAway,
  threeClusters,
} from '../support/away-install.ts';
import { ANA, decideOn, endOf, needsPerson, refusalOf, skip } from '../support/decisions.ts';
import {
  aPlan,
  awaitProgress,
  awaitStep,
  awaitTrue,
  progressOf,
  retry,
  statesOf,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import type { HeldStep, ScriptedSteps } from '../support/scripted-steps.ts';
import { expectHistoryToTellIt } from '../support/told-and-known.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
/** Short enough for a test, and long enough for clusters that answer. */
const GRACE = { graceMs: 1_500 };
/** Attempts that take longer than that: the last begins 3.75 s after the first. */
const TRIES_IN_A_GRACE = 5;
/** Longer than any test. */
const LONG_GRACE = { graceMs: 3_600_000 };

function meshOfThree(): MeshSpec {
  return bed.spec({ clusters: threeClusters() });
}

/** How many timers an install has started, but for the one that looks for clusters which are lost. */
async function timersOf(install: Handle): Promise<number> {
  const { events = [] } = await install.fetchHistory();
  const timers = events?.filter(({ timerStartedEventAttributes: timer }) => timer) ?? [];
  return timers.filter(({ userMetadata }) => !userMetadata?.summary).length;
}

describe('an install of which one cluster is away', () => {
  test('installs the others, says so, and attaches it when it is back', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    const bringBack = takeAway(steps, 'cluster2');
    steps.on('cluster1/a', ({ round }) => ({ changed: round === 1 ? 3 : 0, summary: 'made' }));
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    const partial = await awaitStep(install, 'mesh/all', 'done');
    expect(plannings(steps)).toMatchObject([
      { away: ['cluster2'], facts: [{ cluster: 'cluster1' }, { cluster: 'cluster3' }] },
    ]);
    expect(partial.operation.state).toBe('running');
    expect(partial.planDigest).toBe('without-cluster2');
    expect(await awayIn(install)).toEqual(['cluster2']);
    expect(Object.keys(statesOf(partial))).not.toContain('cluster2/a');
    await expectHistoryToTellIt(install);

    bringBack();
    expect(await install.result()).toEqual({ changed: 3, planDigest: 'without-' });
    expect(plannings(steps)[1]).toMatchObject({
      facts: spec.clusters.map(({ name }) => ({ cluster: name })),
    });
    expect(plannings(steps)[1]?.away).toBeUndefined();
    const end = await progressOf(install);
    expect(end.operation.state).toBe('succeeded');
    expect(changedObjects(end)).toBe(3);
    expect(new Set(Object.values(statesOf(end)))).toEqual(new Set(['done']));
    expect(end.steps.find(({ id }) => id === 'cluster1/a')).toMatchObject({ attempts: 2 });
    expect(await awayIn(install)).toEqual([]);
    await expectHistoryToTellIt(install);
    expect(steps.started().filter((id) => id === 'cluster2/a')).toHaveLength(1);
  });

  test('sets remotes aside together with their primary', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    const bringBack = takeAway(steps, 'cluster1');
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    await awaitStep(install, 'mesh/all', 'done');
    expect(plannings(steps)).toMatchObject([
      { away: ['cluster1', 'cluster3'], facts: [{ cluster: 'cluster2' }] },
    ]);
    expect(await awayIn(install)).toEqual(['cluster1', 'cluster3']);
    bringBack();
    await install.result();
    expect((await progressOf(install)).planDigest).toBe('without-');
  });

  test('waits for one that is back within the grace time', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    const held = steps.hold('cluster2/precheck');
    await bed.work(steps);
    const install = await bed.start('install', spec, LONG_GRACE);
    await awaitStep(install, 'cluster1/precheck', 'done');
    await awaitStep(install, 'cluster3/precheck', 'done');
    expect(steps.started()).not.toContain('mesh/plan');
    held.release();
    await install.result();
    expect(plannings(steps)).toHaveLength(1);
    expect(plannings(steps)[0]?.away).toBeUndefined();
  });

  test('waits when nothing could be installed without it', async () => {
    const spec = bed.spec();
    const steps = stepsAround(spec);
    const bringBack = takeAway(steps, 'cluster1');
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    await awaitStep(install, 'cluster2/precheck', 'done');
    await awaitTrue(
      async () => steps.started().filter((id) => id === 'cluster1/precheck'),
      (tries) => tries.length >= TRIES_IN_A_GRACE,
    );
    expect(plannings(steps)).toEqual([]);
    bringBack();
    await install.result();
    expect(plannings(steps)).toHaveLength(1);
    expect(plannings(steps)[0]?.away).toBeUndefined();
    expect(await timersOf(install)).toBe(0);
  });

  test('waits when a person confirmed the plan of all', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    const bringBack = takeAway(steps, 'cluster2');
    await bed.work(steps);
    const more = { graceMs: 1, confirmedDigest: '0123456789ab' };
    const install = await bed.start('install', spec, more);
    await awaitStep(install, 'cluster1/precheck', 'done');
    await awaitStep(install, 'cluster3/precheck', 'done');
    bringBack();
    await install.result();
    expect(plannings(steps)).toHaveLength(1);
    expect(plannings(steps)[0]?.away).toBeUndefined();
  });

  test('is attached though a step of the others is blocked', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    const bringBack = takeAway(steps, 'cluster2');
    steps.on('cluster1/a', needsPerson);
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    await awaitStep(install, 'cluster3/b', 'done');
    // a person can do something: that it is away does not hide it
    await awaitProgress(install, ({ operation }) => operation.state === 'blocked');
    await expectHistoryToTellIt(install);
    bringBack();
    await awaitStep(install, 'cluster2/b', 'done');
    const progress = await awaitProgress(install, ({ operation }) => operation.state === 'blocked');
    expect(statesOf(progress)).toMatchObject({ 'cluster1/a': 'blocked', 'mesh/all': 'pending' });
    await expectHistoryToTellIt(install);
    steps.on('cluster1/a', () => NOTHING_CHANGED);
    await retry(install, { step: 'cluster1/a', ...ANA });
    await install.result();
    const end = await progressOf(install);
    expect(end.steps.find(({ id }) => id === 'cluster1/a')).toMatchObject({
      attempts: 3,
      lastRetry: ANA,
    });
  });
});

describe('a plan with a cluster that is back, when it is blocked', () => {
  /** `cluster1/a` was blocked before `cluster2` was back, and now the plan with it is, too. */
  async function blocked(): Promise<{ steps: ScriptedSteps; install: Handle }> {
    const spec = meshOfThree();
    const steps = stepsAround(spec).on('cluster1/a', needsPerson);
    const bringBack = takeAway(steps, 'cluster2');
    steps.on('mesh/plan', (call) => {
      if (call.round === 2) throw stepFailure('TrustMismatch', 'two roots', { cure: 'choose' });
      return planAround(spec)(call);
    });
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    await awaitStep(install, 'cluster1/a', 'blocked');
    bringBack();
    await awaitStep(install, 'mesh/plan', 'blocked');
    steps.on('cluster1/a', () => NOTHING_CHANGED);
    return { steps, install };
  }

  test('does not hold what a person retries of the others', async () => {
    const { install } = await blocked();
    await retry(install, { step: 'cluster1/a', ...ANA });
    const progress = await awaitStep(install, 'mesh/all', 'done');
    expect(statesOf(progress)).toMatchObject({ 'mesh/plan': 'blocked', 'cluster1/b': 'done' });
    await expectHistoryToTellIt(install);
    await retry(install, { step: 'mesh/plan', ...ANA });
    await install.result();
    expect((await progressOf(install)).planDigest).toBe('without-');
  });

  test('is made again only when what runs of them has come to rest, and nothing of them starts meanwhile', async () => {
    const { steps, install } = await blocked();
    const held = steps.hold('cluster1/a');
    await retry(install, { step: 'cluster1/a', ...ANA });
    await held.reached;
    await retry(install, { step: 'mesh/plan', ...ANA });
    expect(statesOf(await progressOf(install))).toMatchObject({
      'mesh/plan': 'pending',
      'cluster3/precheck': 'done',
    });
    held.release();
    await install.result();
    const started = steps.started();
    expect(started.filter((id) => id === 'cluster3/precheck')).toHaveLength(3);
    expect(started.lastIndexOf('cluster3/precheck')).toBeLessThan(started.indexOf('cluster1/b'));
  });
});

test('steps that only the plan without a cluster had are gone when it is attached', async () => {
  const spec = meshOfThree();
  const steps = stepsAround(spec);
  const bringBack = takeAway(steps, 'cluster2');
  const planAround = { 'mesh/only-without': [], 'cluster1/a': [] };
  steps.on('mesh/plan', ({ input }) => ({
    ...NOTHING_CHANGED,
    plan: aPlan('away' in input ? planAround : { 'cluster1/a': [], 'cluster2/a': [] }),
  }));
  steps.on('mesh/only-without', needsPerson);
  await bed.work(steps);
  const install = await bed.start('install', spec, GRACE);
  await awaitStep(install, 'mesh/only-without', 'blocked');
  bringBack();
  await install.result();
  expect(Object.keys(statesOf(await progressOf(install)))).not.toContain('mesh/only-without');
  await expectHistoryToTellIt(install);
});

describe('an install of which one cluster refuses', () => {
  /** One cluster is set aside because its precheck is blocked, and the others are through. */
  async function refused(
    prepare: (steps: ScriptedSteps) => void = () => undefined,
  ): Promise<{ steps: ScriptedSteps; install: Handle }> {
    const spec = meshOfThree();
    const steps = stepsAround(spec).on('cluster2/precheck', () => {
      throw stepFailure('Forbidden', 'may not create secrets', { cure: 'grant it' });
    });
    prepare(steps);
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    return { steps, install };
  }

  test('is not blocked while the others may go on, and is when they are through', async () => {
    const others: HeldStep[] = [];
    const { steps, install } = await refused((scripted) => {
      others.push(scripted.hold('cluster1/a'));
    });
    const early = await awaitStep(install, 'cluster2/precheck', 'blocked');
    expect(early.operation.state).toBe('running');
    await expectHistoryToTellIt(install);
    others[0]?.release();
    await awaitStep(install, 'mesh/all', 'done');
    const late = await awaitProgress(install, ({ operation }) => operation.state === 'blocked');
    expect(statesOf(late)).toMatchObject({ 'cluster2/precheck': 'blocked' });
    await expectHistoryToTellIt(install);
    expect(plannings(steps)).toMatchObject([{ away: ['cluster2'] }]);
    const precheck = { step: 'cluster2/precheck', ...ANA };
    const { mesh } = late;
    expect(await refusalOf(skip(install, precheck))).toBe(
      `step "cluster2/precheck" cannot be skipped: the install goes on without cluster2 and attaches it when it is done; repair it, then meshwright retry ${mesh} cluster2/precheck --reason "…", or meshwright abort ${mesh} --reason "…", and take cluster2 out of the mesh file`,
    );
    const held = steps.hold('cluster1/precheck');
    steps.on('cluster2/precheck', () => ({
      ...NOTHING_CHANGED,
      ...factsAbout('cluster2'),
    }));
    await retry(install, precheck);
    await held.reached;
    held.release();
    await install.result();
    expect(plannings(steps).at(-1)?.away).toBeUndefined();
  });

  test('is attached after a pause that began while it was away', async () => {
    const { steps, install } = await refused();
    await awaitStep(install, 'mesh/all', 'done');
    await decideOn(install, 'pause');
    steps.on('cluster2/precheck', () => ({ ...NOTHING_CHANGED, ...factsAbout('cluster2') }));
    await retry(install, { step: 'cluster2/precheck', ...ANA });
    expect((await progressOf(install)).operation.state).toBe('paused');
    await decideOn(install, 'resume');
    await install.result();
  });
});

describe('people who decide while a cluster is away', () => {
  test('cannot give the install up while the cluster still has time to answer', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    const bringBack = takeAway(steps, 'cluster2');
    await bed.work(steps);
    const install = await bed.start('install', spec, LONG_GRACE);
    await awaitStep(install, 'cluster1/precheck', 'done');
    expect(await refusalOf(decideOn(install, 'abort'))).toMatch(/^nothing is blocked/u);
    bringBack();
    await install.result();
  });

  test('give the install up, though nothing is blocked', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    takeAway(steps, 'cluster2');
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    const { mesh } = await awaitStep(install, 'mesh/all', 'done');
    expect(await refusalOf(skip(install, { step: 'cluster2/precheck', ...ANA }))).toBe(
      `step "cluster2/precheck" is running: the install goes on without cluster2 and attaches it when it answers; to end it now: meshwright abort ${mesh} --reason "…", and take cluster2 out of the mesh file`,
    );
    await decideOn(install, 'abort');
    expect(await endOf(install)).toMatchObject({ type: 'Aborted' });
    // the one of the grace, and none in which the look at the cluster that is away might end
    expect(await timersOf(install)).toBe(1);
    await expectHistoryToTellIt(install);
    expect(await awayIn(install)).toEqual(['cluster2']);
    expect(statesOf(await progressOf(install))).toMatchObject({ 'cluster2/precheck': 'failed' });
  });

  test('take back what was made in the others', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    takeAway(steps, 'cluster2');
    steps.on('mesh/undo-plan', () => ({
      ...NOTHING_CHANGED,
      plan: aPlan({ 'cluster1/undo-a': [] }),
    }));
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    await awaitStep(install, 'mesh/all', 'done');
    await decideOn(install, 'cancel', { ...ANA, undo: true });
    await endOf(install);
    expect(statesOf(await progressOf(install))).toMatchObject({ 'cluster1/undo-a': 'done' });
    const undo = steps.calls().find(({ step }) => step === 'mesh/undo-plan');
    expect(undo?.input).toMatchObject({
      facts: [{ cluster: 'cluster1' }, { cluster: 'cluster3' }],
    });
  });
});
