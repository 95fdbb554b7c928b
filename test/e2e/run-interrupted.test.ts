import { expect, test } from '@jest/globals';
import { startInterruptedRun } from '../support/interrupted-run.ts';

/** A file whose tests use clusters, Temporal and a worker. */
const FILE = 'test/e2e/install-blocked.test.ts';

test.each([
  ['terminated with everything in its group', 'SIGTERM', 'group'],
  ['killed with everything in its group', 'SIGKILL', 'group'],
] as const)(
  'a run with real clusters that is %s leaves neither a process nor a file',
  async (_how, signal, whom) => {
    const run = await startInterruptedRun('e2e', FILE, 'kubelet');
    expect(await run.endBy(signal, whom)).toEqual([]);
  },
  300_000,
);
