import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { attemptsInterceptor } from '../../../activities/attempt/attempts-interceptor.ts';
import { failureInterceptor } from '../../../activities/attempt/failure-interceptor.ts';
import { MeshFailure } from '../../../mesh/failure.ts';

const OUTCOME = { changed: 0, summary: 'nothing to change' };

test.each([
  [1, OUTCOME],
  [3, { ...OUTCOME, attempts: 3 }],
])('the outcome of attempt %d tells of those before', async (attempt, outcome) => {
  const environment = new MockActivityEnvironment(
    { attempt },
    { interceptors: [attemptsInterceptor] },
  );
  expect(await environment.run(async () => OUTCOME)).toEqual(outcome);
});

test('a failure tells of the attempts before it, too', async () => {
  const environment = new MockActivityEnvironment(
    { attempt: 3 },
    { interceptors: [failureInterceptor, attemptsInterceptor] },
  );
  const failing = environment.run(async () => {
    throw new MeshFailure('Forbidden', 'may not create secrets', { cluster: 'cluster1' });
  });
  await expect(failing).rejects.toMatchObject({ details: [{ cluster: 'cluster1', attempts: 3 }] });
});
