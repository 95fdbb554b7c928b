import { expect, test } from '@jest/globals';
import { temporalChangeRecorder } from '../../activities/adapters/temporal-change-recorder.ts';
import { changesInterceptor } from '../../activities/attempt/changes-interceptor.ts';
import { failureInterceptor } from '../../activities/attempt/failure-interceptor.ts';
import { heartbeatInterceptor } from '../../activities/attempt/heartbeat-interceptor.ts';
import { firstOf, readFailure } from '../../client/history/decode.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import { aPlan, awaitProgress, retry, scriptedInstall } from '../support/install-run.ts';
import { NOTHING_CHANGED } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';
import { startWorker } from '../support/workflow-worker.ts';

const bed = workflowBed();

function write(name: string): void {
  const metadata = { namespace: 'istio-system', name };
  temporalChangeRecorder().wrote('cluster1', null, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
  });
}

test('what an attempt wrote is told by the next one, and what a blocked round wrote by its failure', async () => {
  const spec = bed.spec();
  const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), spec);
  steps.on('cluster1/a', ({ round, attempt }) => {
    write(`map-${round}-${attempt}`);
    if (attempt === 1) throw new MeshFailure('ApiUnavailable', 'no answer');
    if (round === 1) throw new MeshFailure('Forbidden', 'may not create secrets');
    return NOTHING_CHANGED;
  });
  const interceptors = [failureInterceptor, heartbeatInterceptor, changesInterceptor];
  const { nativeConnection } = bed.server();
  const worker = await startWorker(
    nativeConnection,
    steps.activities(),
    bed.taskQueue(),
    10,
    interceptors,
  );
  try {
    const install = await bed.start('install', spec);
    await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
    await retry(install, { step: 'cluster1/a', by: 'ana', reason: 'granted' });
    await install.result();
    const { events = [] } = await install.fetchHistory();
    const failed = (events ?? []).flatMap(({ activityTaskFailedEventAttributes: each }) =>
      each ? [readFailure(each.failure)] : [],
    );
    expect(failed.map(({ changes }) => changes)).toMatchObject([
      { created: 2, objects: [{ name: 'istio-system/map-1-1' }, { name: 'istio-system/map-1-2' }] },
    ]);
    const outcomes = (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: each }) =>
      each ? [firstOf<StepOutcome>(each.result)?.changes] : [],
    );
    expect(outcomes.filter((changes) => changes !== undefined)).toMatchObject([
      { created: 2, objects: [{ name: 'istio-system/map-2-1' }, { name: 'istio-system/map-2-2' }] },
    ]);
  } finally {
    await worker.stop();
  }
});
