import { describe, expect, test } from '@jest/globals';
import type { MeshProgress } from '../../contract/mesh-status.ts';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import {
  awayIn,
  plannings,
  stepsAround,
  takeAway,
  threeClusters,
} from '../support/away-install.ts';
import { decideOn, endOf } from '../support/decisions.ts';
import {
  awaitProgress,
  awaitStep,
  awaitTrue,
  progressOf,
  statesOf,
} from '../support/install-run.ts';
import type { Handle } from '../support/install-run.ts';
import { NOTHING_CHANGED } from '../support/scripted-steps.ts';
import type { HeldStep, ScriptedSteps } from '../support/scripted-steps.ts';
import { expectHistoryToTellIt } from '../support/told-and-known.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
/** Short enough for a test, and long enough for clusters that answer. */
const GRACE = { graceMs: 2_500 };
/** Attempts that take longer than to ask a cluster and to find it lost: the last begins 7.75 s after the first. */
const TRIES_IN_TWO_GRACES = 6;
/** All that an install does in a cluster. */
const EVERYTHING = ['precheck', 'reach', 'a', 'b'];

function meshOfThree(): MeshSpec {
  return bed.spec({ clusters: threeClusters() });
}

const isDoneWithout =
  (away: string) =>
  (now: MeshProgress): boolean =>
    now.planDigest === `without-${away}` && statesOf(now)['mesh/all'] === 'done';

const hasReach = ({ steps }: MeshProgress): boolean =>
  steps.some(({ kind }) => kind === 'reachCluster');

const reached = (steps: ScriptedSteps): string[] => [
  ...new Set(steps.started().filter((id) => id.endsWith('/reach'))),
];

/** An install that loses `cluster2` while its first step runs. */
async function losing(
  spec: MeshSpec,
  more: {
    prepare?: (steps: ScriptedSteps) => void;
    options?: { graceMs?: number; confirmedDigest?: string };
    lost?: string;
  } = {},
): Promise<{ steps: ScriptedSteps; install: Handle; bringBack: () => void }> {
  const { prepare, options = GRACE, lost = 'cluster2' } = more;
  const steps = stepsAround(spec);
  prepare?.(steps);
  const gone: (() => void)[] = [];
  steps.before(`${lost}/a`, () => {
    if (gone.length === 0) gone.push(takeAway(steps, lost, EVERYTHING));
  });
  await bed.work(steps);
  const install = await bed.start('install', spec, options);
  return { steps, install, bringBack: () => gone[0]?.() };
}

describe('an install that loses a cluster after the plan was made', () => {
  test('finishes the others without it, says so, and attaches it when it is back', async () => {
    const { steps, install, bringBack } = await losing(meshOfThree());
    const partial = await awaitProgress(install, isDoneWithout('cluster2'));
    expect(reached(steps)).toEqual(['cluster2/reach']);
    expect(plannings(steps)).toHaveLength(2);
    expect(plannings(steps)[1]).toMatchObject({
      away: ['cluster2'],
      facts: [{ cluster: 'cluster1' }, { cluster: 'cluster3' }],
    });
    expect(partial.operation.state).toBe('running');
    expect(await awayIn(install)).toEqual(['cluster2']);
    expect(statesOf(partial)).not.toHaveProperty('cluster2/b');
    expect(statesOf(partial)).not.toHaveProperty('cluster2/reach');
    await expectHistoryToTellIt(install);

    bringBack();
    expect(await install.result()).toMatchObject({ planDigest: 'without-' });
    expect(await awayIn(install)).toEqual([]);
    const end = await progressOf(install);
    expect(new Set(Object.values(statesOf(end)))).toEqual(new Set(['done']));
    await expectHistoryToTellIt(install);
    expect(steps.ended().filter((id) => id === 'cluster2/b')).not.toEqual([]);
  });

  test('calls off what runs for the whole mesh and cannot be done', async () => {
    const spec = meshOfThree();
    const steps = stepsAround(spec);
    const stopping = steps.stopSlowly('mesh/all');
    await bed.work(steps);
    const install = await bed.start('install', spec, GRACE);
    await stopping.reached;
    const bringBack = takeAway(steps, 'cluster2', EVERYTHING);
    try {
      await stopping.asked;
      expect(plannings(steps)).toHaveLength(1);
      const held = await awaitStep(install, 'cluster2/reach', 'running');
      expect(statesOf(held)).toMatchObject({ 'mesh/all': 'running', 'cluster2/b': 'done' });
      await expectHistoryToTellIt(install);
    } finally {
      steps.on('mesh/all', () => NOTHING_CHANGED);
      stopping.release();
    }
    await awaitProgress(install, isDoneWithout('cluster2'));
    bringBack();
    await install.result();
    await expectHistoryToTellIt(install);
  });

  test('keeps what runs in the others, and the plan too when the cluster is back before that has ended', async () => {
    const spec = meshOfThree();
    const held: HeldStep[] = [];
    const { steps, install, bringBack } = await losing(spec, {
      prepare: (scripted) => void held.push(scripted.hold('cluster1/b')),
    });
    const waiting = await awaitProgress(
      install,
      (now) => statesOf(now)['cluster2/b'] === 'pending' && hasReach(now),
    );
    expect(statesOf(waiting)).toMatchObject({
      'cluster1/b': 'running',
      'cluster2/reach': 'running',
      'cluster3/b': 'done',
      'mesh/all': 'pending',
    });
    await expectHistoryToTellIt(install);
    bringBack();
    await awaitStep(install, 'cluster2/b', 'done');
    held[0]?.release();
    await install.result();
    expect(plannings(steps)).toHaveLength(1);
    expect(Object.keys(statesOf(await progressOf(install)))).not.toContain('cluster2/reach');
    await expectHistoryToTellIt(install);
  });

  test('sets aside its remotes as well', async () => {
    const { steps, install, bringBack } = await losing(meshOfThree(), { lost: 'cluster1' });
    await awaitProgress(install, isDoneWithout('cluster1,cluster3'));
    expect(plannings(steps)[1]?.away).toEqual(['cluster1', 'cluster3']);
    bringBack();
    expect(await install.result()).toMatchObject({ planDigest: 'without-' });
    await expectHistoryToTellIt(install);
  });

  test('ends when a person gives it up', async () => {
    const { install } = await losing(meshOfThree());
    await awaitProgress(install, isDoneWithout('cluster2'));
    await decideOn(install, 'abort');
    expect(await endOf(install)).toMatchObject({ type: 'Aborted' });
    await expectHistoryToTellIt(install);
  });
});

test('clusters that answer are asked again and again while a step waits, and nothing is planned anew', async () => {
  const spec = meshOfThree();
  const steps = stepsAround(spec);
  const held = steps.hold('cluster1/a');
  await bed.work(steps);
  const install = await bed.start('install', spec, GRACE);
  await held.reached;
  await awaitTrue(
    async () => steps.ended().filter((id) => id.endsWith('/reach')),
    (ended) => ended.length === 2,
  );
  expect(reached(steps)).toEqual(['cluster1/reach']);
  held.release();
  await install.result();
  expect(plannings(steps)).toHaveLength(1);
  await expectHistoryToTellIt(install);
});

test.each([
  { when: 'nothing could be installed without it', lost: 'cluster1', isAlone: true },
  { when: 'a person confirmed the plan of all', lost: 'cluster2', confirmedDigest: '0123456789ab' },
])(
  'a cluster that is lost is waited for when $when',
  async ({ lost, isAlone = false, confirmedDigest }) => {
    const confirmed = confirmedDigest === undefined ? {} : { confirmedDigest };
    const { steps, install, bringBack } = await losing(isAlone ? bed.spec() : meshOfThree(), {
      lost,
      options: { ...GRACE, ...confirmed },
    });
    await awaitTrue(
      async () => steps.started().filter((id) => id === `${lost}/b`),
      (tries) => tries.length >= TRIES_IN_TWO_GRACES,
    );
    expect(reached(steps)).toEqual([]);
    bringBack();
    await install.result();
    expect(plannings(steps)).toHaveLength(1);
  },
);
