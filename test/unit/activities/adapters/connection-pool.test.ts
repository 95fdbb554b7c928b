import { expect, test } from '@jest/globals';
import { createConnectionPool } from '../../../../activities/adapters/connection-pool.ts';
import type { KubeContext } from '../../../../activities/adapters/kubeconfig-context.ts';

const CONTEXT: KubeContext = {
  name: 'east',
  server: 'https://127.0.0.1:1',
  caPem: '',
  tlsServerName: null,
  token: { kind: 'none' },
  clientCertificate: null,
};

test('a swallowed request takes the connections it went over out of the pool, and none that is younger', async () => {
  const pool = createConnectionPool();
  const old = pool.agent(CONTEXT, false);
  pool.drop(old);
  const fresh = pool.agent(CONTEXT, false);
  expect(fresh).not.toBe(old);
  // Another request that was swallowed with it ends later.
  pool.drop(old);
  expect(pool.agent(CONTEXT, false)).toBe(fresh);
  await pool.close();
});
