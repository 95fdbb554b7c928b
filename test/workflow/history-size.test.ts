import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { planInstall } from '../../mesh/plan/install-plan.ts';
import type { ClusterSpec } from '../../mesh/spec/mesh-spec.ts';
import { aCluster, factsOf } from '../support/a-mesh-spec.ts';
import { runsFrom } from '../support/chain-of-runs.ts';
import { progressOf, scriptedInstall } from '../support/install-run.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
/** From this number of events on Temporal suggests to continue as new. */
const SUGGESTED_END = 4_096;
/** Clusters of every mesh here. */
const CLUSTERS = 50;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Clusters on a network each; `primaryOf` says whose remote one is, counted from 0. */
function clusters(primaryOf: (index: number) => number): ClusterSpec[] {
  const name = (index: number): string => `cluster${index + 1}`;
  return Array.from({ length: CLUSTERS }, (_, index) => {
    const primary = primaryOf(index);
    return aCluster(
      name(index),
      `network${index + 1}`,
      primary === index ? undefined : name(primary),
    );
  });
}

type Outcome = { lengths: number[]; steps: number };

/** Installs with real plans and instant steps, and answers how long the history of each run is. */
async function install(primaryOf: (index: number) => number): Promise<Outcome> {
  const spec = bed.spec({ clusters: clusters(primaryOf) });
  const plan = planInstall(spec, factsOf(spec), sha256);
  const steps = scriptedInstall(plan, spec);
  await bed.work(steps, 10);
  const operation = await bed.start('install', spec);
  expect(await operation.result()).toMatchObject({ planDigest: plan.digest });
  const runs = await runsFrom(
    bed.server().client,
    operation.workflowId,
    operation.firstExecutionRunId,
  );
  const lengths = runs.map(({ events }) => events.length);
  const completed = runs.flatMap(({ events }) =>
    events.filter((event) => event.activityTaskCompletedEventAttributes),
  );
  expect(completed).toHaveLength(CLUSTERS + 1 + plan.steps.length);
  const last = bed.server().client.workflow.getHandle(operation.workflowId, runs.at(-1)?.runId);
  const progress = await progressOf(last as typeof operation);
  expect(new Set(progress.steps.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(
    new Set(['done 1']),
  );
  return { lengths, steps: plan.steps.length };
}

describe('the history of an install of 50 clusters', () => {
  test('is one run where they are remotes of one primary', async () => {
    const { lengths, steps } = await install(() => 0);
    expect(lengths).toHaveLength(1);
    expect(lengths[0]).toBeGreaterThan(steps * 3);
    expect(lengths[0]).toBeLessThan(SUGGESTED_END);
  });

  test('stays below the length at which Temporal suggests to continue as new where five primaries have nine remotes each', async () => {
    const { lengths } = await install((index) => index - (index % 10));
    expect(Math.max(...lengths)).toBeLessThan(SUGGESTED_END);
  });

  test('goes on in further runs, each below that length, where all are primaries', async () => {
    const { lengths, steps } = await install((index) => index);
    expect(steps).toBeGreaterThan(CLUSTERS * (CLUSTERS - 1));
    expect(lengths.length).toBeGreaterThan(1);
    expect(Math.max(...lengths)).toBeLessThan(SUGGESTED_END);
  });
});
