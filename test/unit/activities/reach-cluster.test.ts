import { describe, expect, test } from '@jest/globals';
import { createReachCluster } from '../../../activities/planning/reach-cluster.ts';
import { MeshFailure } from '../../../mesh/failure.ts';
import type { FailureType } from '../../../mesh/failure.ts';
import { fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const WEST = { cluster: { name: 'west', context: 'kind-west' } };

/** Reaches out for a cluster that fails every request with this, or answers. */
async function reach(fails?: FailureType): Promise<string> {
  const cluster = fakeCluster('west');
  if (fails !== undefined)
    cluster.version = () => Promise.reject(new MeshFailure(fails, `west says ${fails}`));
  const { changed, summary } = await createReachCluster(fakePorts([cluster]))(WEST);
  expect(changed).toBe(0);
  return summary;
}

describe('a cluster that was looked at before', () => {
  test('answers with its version', async () => {
    await expect(reach()).resolves.toMatch(/^answers, v1\.\d+/u);
  });

  test.each(['Unauthorized', 'Forbidden', 'Throttled'] as const)(
    'answers when it says %s',
    async (type) => {
      await expect(reach(type)).resolves.toBe(`answers: west says ${type}`);
    },
  );

  test.each(['ClusterUnreachable', 'ApiUnavailable'] as const)(
    'does not answer when all that is known is %s',
    async (type) => {
      await expect(reach(type)).rejects.toMatchObject({ type });
    },
  );

  test('that the worker does not know any more is told by the steps that need it', async () => {
    const reached = createReachCluster(fakePorts([]))(WEST);
    await expect(reached).resolves.toMatchObject({
      summary: 'answers: the worker knows no cluster west',
    });
  });
});
