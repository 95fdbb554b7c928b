import { expect, test } from '@jest/globals';
import { aCluster } from '../support/a-mesh-spec.ts';
import { aPlan, awaitStep, progressOf, scriptedInstall } from '../support/install-run.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
/** More than may work at once. */
const AWAY = 70;

test('more clusters that are away than steps may work at once do not hold up the one that is there', async () => {
  const away = Array.from({ length: AWAY }, (_, index) => `away${index}`);
  const clusters = [...away, 'cluster1'].map((name) => aCluster(name, `network-${name}`));
  const spec = bed.spec({ clusters });
  const steps = scriptedInstall(aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'] }), spec);
  for (const name of away)
    steps.on(`${name}/precheck`, () => {
      throw stepFailure('ClusterUnreachable', 'connection refused');
    });
  await bed.work(steps, 10);
  const install = await bed.start('install', spec, { graceMs: 1_500 });
  await awaitStep(install, 'cluster1/b', 'done');
  const { clusters: seen } = await progressOf(install);
  expect(seen.filter(({ awaySince }) => awaySince !== undefined)).toHaveLength(AWAY);
  for (const name of away) steps.on(`${name}/precheck`, () => NOTHING_CHANGED);
  await install.result();
});
