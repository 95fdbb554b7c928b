import { expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { failureInterceptor } from '../../../activities/attempt/failure-interceptor.ts';
import {
  FAILURES,
  type FailureDetails,
  type FailureType,
  MeshFailure,
} from '../../../mesh/failure.ts';

const KEY = `-----BEGIN PRIVATE KEY-----\n${'MIGHAgEAMBMG'.repeat(10)}\n-----END PRIVATE KEY-----`;

/** Runs an activity that throws, and answers what leaves the boundary and what was logged. */
async function thrown(
  error: unknown,
  attempt = 1,
): Promise<{ failure: ApplicationFailure; log: LogEntry[] }> {
  const log: LogEntry[] = [];
  const environment = new MockActivityEnvironment(
    { attempt },
    {
      interceptors: [failureInterceptor],
      logger: new DefaultLogger('TRACE', (entry) => void log.push(entry)),
    },
  );
  try {
    await environment.run(async () => {
      throw error;
    });
  } catch (failure) {
    return { failure: failure as ApplicationFailure, log };
  }
  throw new Error('nothing failed');
}

test.each(Object.entries(FAILURES))(
  '%s leaves with its type, retried or not as the union says',
  async (type, { retried }) => {
    const { failure } = await thrown(
      new MeshFailure(type as FailureType, 'the reason', { cluster: 'east', cure: 'do this' }),
    );
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type,
      message: 'the reason',
      nonRetryable: !retried,
      details: [{ cluster: 'east', cure: 'do this' }],
    });
  },
);

test('the wait the far side asked for becomes the delay of the next attempt', async () => {
  const { failure } = await thrown(
    new MeshFailure('Throttled', 'too many requests', {}, { retryAfterMs: 7_000 }),
  );
  expect(failure.nextRetryDelay).toBe(7_000);
});

test('an unknown error is Unexpected, keeps its class, and is given up after ten attempts', async () => {
  const { failure } = await thrown(new RangeError('boom'), 9);
  expect(failure).toMatchObject({
    type: 'Unexpected',
    message: 'RangeError: boom',
    nonRetryable: false,
  });
  expect((await thrown(new RangeError('boom'), 10)).failure.nonRetryable).toBe(true);
  expect((await thrown('a text', 1)).failure.message).toBe('string: a text');
});

test('no secret and no stack leaves, and the log has the original without secrets', async () => {
  const cause = new Error(`refused: ${KEY}`);
  const original = new MeshFailure('InvalidObject', `bad: ${KEY}`, { lines: [KEY] }, { cause });
  const { failure, log } = await thrown(original);
  const history = JSON.stringify([
    failure.message,
    failure.details,
    failure.stack ?? '',
    failure.cause ?? '',
  ]);
  expect(history).not.toMatch(/MIGHAgEAMBMG|at Object|\.ts/);
  const logged = log.find(({ message }) => message === 'step failed');
  expect(JSON.stringify(logged?.meta)).toContain(
    'caused by: Error: refused: [private key removed]',
  );
  expect(JSON.stringify(log.map(({ meta }) => meta))).not.toContain('MIGHAgEAMBMG');
});

test('a failure stays far below the size the server cuts at', async () => {
  const details: FailureDetails = {
    cure: 'c '.repeat(2_000),
    lines: Array.from({ length: 50 }, () => 'l '.repeat(1_000)),
  };
  const { failure } = await thrown(new MeshFailure('RolloutFailed', 'm '.repeat(5_000), details));
  expect(Buffer.byteLength(JSON.stringify([failure.message, failure.details]))).toBeLessThan(3_000);
  expect(failure.details?.[0]).toMatchObject({ lines: { length: 10 } });
});

test('of the further lines only the longest are cut, so that the last word of a reason is kept', async () => {
  const reason = `pod istiod: ErrImagePull: ${'docker.io/istio/pilot:1.30.9 '.repeat(12)}not found`;
  const lines = ['short', reason, 'l '.repeat(1_000)];
  const { failure } = await thrown(new MeshFailure('RolloutFailed', 'm', { lines }));
  const [kept] = (failure.details ?? []) as { lines: string[] }[];
  const { lines: told = [] } = kept ?? {};
  expect(told.slice(0, 2)).toEqual(['short', reason]);
  expect(told[2]).toMatch(/^(l ){200,}l?…$/u);
  expect(told.join('').length).toBeLessThanOrEqual(1_000);
});

test('failures of Temporal pass as they are', async () => {
  const own = ApplicationFailure.nonRetryable('as it is', 'Custom');
  expect((await thrown(own)).failure).toBe(own);
});

test('cancellation passes through, also as the AbortError of a request', async () => {
  const environment = new MockActivityEnvironment({}, { interceptors: [failureInterceptor] });
  const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
  const running = environment.run(async () => {
    const { cancellationSignal } = Context.current();
    await new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve));
    throw abort;
  });
  environment.cancel();
  await expect(running).rejects.toBe(abort);
  await expect(environment.run(async () => Context.current().cancelled)).rejects.toBeInstanceOf(
    CancelledFailure,
  );
});

test('an AbortError nobody cancelled is a defect', async () => {
  const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
  expect((await thrown(abort)).failure.type).toBe('Unexpected');
});
