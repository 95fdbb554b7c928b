import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { planInstall } from '../../mesh/plan/install-plan.ts';
import { aCluster, factsOf } from '../support/a-mesh-spec.ts';
import { scriptedInstall } from '../support/install-run.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
/** From this number of events on Temporal suggests to continue as new. */
const SUGGESTED_END = 4_096;
/** From this size on as well. */
const SUGGESTED_BYTES = 4 * 1024 * 1024;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('the history of an install', () => {
  test('of 50 clusters stays below the length at which Temporal suggests to continue as new', async () => {
    const remotes = Array.from({ length: 49 }, (_, index) =>
      aCluster(`cluster${index + 2}`, `network${index + 2}`, 'cluster1'),
    );
    const spec = bed.spec({ clusters: [aCluster('cluster1', 'network1'), ...remotes] });
    const plan = planInstall(spec, factsOf(spec), sha256);
    await bed.work(scriptedInstall(plan, spec), 1);
    const install = await bed.start('install', spec);
    await install.result();
    const { historyLength, historySize } = await install.describe();
    expect(historySize).toBeLessThan(SUGGESTED_BYTES);
    expect(historyLength).toBeGreaterThan(plan.steps.length * 3);
    expect(historyLength).toBeLessThan(SUGGESTED_END);
  });
});
