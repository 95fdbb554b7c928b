import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { aPlan, awaitProgress, progressOf, scriptedInstall, startOperation, statesOf } from '../support/install-run.ts';
import type { ScriptedSteps } from '../support/scripted-steps.ts';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { TemporalServer } from '../support/temporal-server.ts';
import { quietRuntime, startWorker } from '../support/workflow-worker.ts';
import type { RunningWorker } from '../support/workflow-worker.ts';

let server: TemporalServer;
let worker: RunningWorker | undefined;

beforeAll(async () => {
  quietRuntime();
  server = await startTemporalServer();
}, 60_000);
afterEach(async () => {
  await worker?.stop();
});
afterAll(async () => {
  await server.stop();
});

async function work(steps: ScriptedSteps): Promise<void> {
  worker = await startWorker(server.nativeConnection, steps.activities());
}

describe('order of steps', () => {
  test('a step starts when what it needs is done, and not before', async () => {
    const steps = scriptedInstall(aPlan({ 'cluster1/last': ['cluster1/first', 'cluster2/first'], 'cluster1/first': [], 'cluster2/first': [] }));
    const held = steps.hold('cluster2/first');
    await work(steps);
    const install = await startOperation(server, 'install');
    await held.reached;
    await awaitProgress(install, (progress) => statesOf(progress)['cluster1/first'] === 'done');
    expect(statesOf(await progressOf(install))['cluster1/last']).toBe('pending');
    expect(steps.started()).not.toContain('cluster1/last');
    held.release();
    await install.result();
    expect(steps.started().at(-1)).toBe('cluster1/last');
  });
});
