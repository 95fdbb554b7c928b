import { describe, expect, test } from '@jest/globals';
import { aPlan, scriptedInstall, startOperation } from '../support/install-run.ts';
import { workerHolding } from '../support/killable-worker.ts';
import { completedActivities } from '../support/followed-history.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const INSTALLS = 100;
const PLAN = aPlan({ 'cluster1/a': [], 'cluster1/b': ['cluster1/a'], 'cluster2/a': [] });

describe('a hundred installs', () => {
  test('all end, and repeat nothing that was done, when their worker runs out of memory in the middle', async () => {
    const spec = bed.spec();
    const installs = await Promise.all(
      Array.from({ length: INSTALLS }, (_, index) =>
        startOperation(
          bed.server(),
          'install',
          bed.spec({ name: `${spec.name}-${index}` }),
          bed.taskQueue(),
        ),
      ),
    );
    const first = await workerHolding(
      bed.server().address,
      bed.taskQueue(),
      spec,
      PLAN,
      'cluster1/b',
    );
    expect(await first.exhaust()).toBe('SIGABRT');
    const done = new Map(
      await Promise.all(
        installs.map(async (install) => {
          const { events } = await install.fetchHistory();
          return [install.workflowId, completedActivities(events ?? [])] as const;
        }),
      ),
    );
    const steps = scriptedInstall(PLAN, spec);
    await bed.work(steps, INSTALLS);
    await Promise.all(installs.map((install) => install.result()));
    const again = steps
      .calls()
      .filter(({ workflowId, step }) => done.get(workflowId)?.includes(step) === true);
    expect(again).toEqual([]);
    expect([...done.values()].flat().length).toBeGreaterThan(0);
  });
});
