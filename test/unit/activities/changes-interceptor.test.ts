import { expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { temporalActivityScope } from '../../../activities/adapters/temporal-activity-scope.ts';
import { temporalChangeRecorder } from '../../../activities/adapters/temporal-change-recorder.ts';
import { changesInterceptor } from '../../../activities/attempt/changes-interceptor.ts';
import { failureInterceptor } from '../../../activities/attempt/failure-interceptor.ts';
import { heartbeatInterceptor } from '../../../activities/attempt/heartbeat-interceptor.ts';
import { MeshFailure } from '../../../mesh/failure.ts';

const OUTCOME = { changed: 1, summary: '1 object, 1 changed' };
const EARLIER = {
  created: 1,
  changed: 0,
  removed: 0,
  objects: [
    {
      action: 'created',
      cluster: 'cluster1',
      kind: 'ConfigMap',
      name: 'ns1/a',
      before: null,
      after: '0123456789ab',
    },
  ],
};

function write(name: string): void {
  temporalChangeRecorder().wrote('cluster1', null, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'ns1', name },
  });
}

function environment(
  activityType: string,
  heartbeatDetails?: unknown,
  attempt = 1,
): { env: MockActivityEnvironment; beats: unknown[] } {
  const env = new MockActivityEnvironment(
    { activityType, heartbeatTimeoutMs: 4_000, heartbeatDetails, attempt },
    { interceptors: [failureInterceptor, heartbeatInterceptor, changesInterceptor] },
  );
  const beats: unknown[] = [];
  env.on('heartbeat', (details) => beats.push(details));
  return { env, beats };
}

test('the outcome of a step tells what its attempts wrote, those before included', async () => {
  const before = { waitingFor: null, reason: null, since: null, written: EARLIER };
  const { env, beats } = environment('applyBase', before);
  const outcome = await env.run(async () => {
    write('b');
    temporalActivityScope.report({ waitingFor: 'an address', reason: null, since: null });
    return OUTCOME;
  });
  expect(outcome).toMatchObject({ changed: 2, changes: { created: 2, changed: 0, removed: 0 } });
  expect(beats).toMatchObject([
    { waitingFor: null, written: { created: 1 } },
    { waitingFor: 'an address', written: { created: 2 } },
  ]);
});

test('what a killed attempt did counts as changed, though the one after it found nothing to do', async () => {
  const before = { waitingFor: null, reason: null, since: null, written: EARLIER };
  const { env } = environment('applyBase', before, 3);
  const outcome = await env.run(async () => ({ changed: 0, summary: '1 objects, 0 changed' }));
  expect(outcome).toMatchObject({
    changed: 1,
    summary: '1 objects, 0 changed; 1 over 3 attempts',
  });
});

test('what a verification makes and removes again is told, and has changed nothing', async () => {
  const { env } = environment('verifyTraffic');
  const outcome = await env.run(async () => {
    write('a');
    return { changed: 0, summary: 'all 4 pairs answer' };
  });
  expect(outcome).toMatchObject({
    changed: 0,
    summary: 'all 4 pairs answer',
    changes: { created: 1 },
  });
});

test('the outcome of a step that wrote nothing, and of an activity of the sync, is left as it is', async () => {
  expect(await environment('applyBase').env.run(async () => OUTCOME)).toEqual(OUTCOME);
  const ofSync = environment('applyDrift').env.run(async () => {
    write('b');
    return OUTCOME;
  });
  expect(await ofSync).toEqual(OUTCOME);
});

test('a failure tells what was written before it, as much as it can hold', async () => {
  const failing = environment('applyBase').env.run(async () => {
    for (let index = 0; index < 30; index += 1) write(`${'long-'.repeat(40)}${index}`);
    throw new MeshFailure('Forbidden', 'may not create secrets', { cluster: 'cluster1' });
  });
  const failure = (await failing.catch((error: unknown) => error)) as {
    details: [{ changes: { created: number; cut: number; objects: object[] } }];
  };
  const [{ changes }] = failure.details;
  expect(changes.created).toBe(30);
  expect(changes.objects.length).toBeGreaterThan(0);
  expect(changes.cut).toBe(30 - changes.objects.length);
  expect(JSON.stringify(changes).length).toBeLessThan(1_200);
});

test('a cancelled attempt tells what it had written', async () => {
  const { env } = environment('applyBase');
  env.cancel();
  const cancelled = env.run(async () => {
    write('a');
    temporalActivityScope.signal.throwIfAborted();
  });
  const failure = await cancelled.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CancelledFailure);
  expect(failure).toMatchObject({ details: [{ changes: { created: 1 } }] });
});
