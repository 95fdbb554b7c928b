import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TASK_QUEUE } from '../../contract/workflow-ids.ts';
import { awaitProgress, startOperation } from '../support/install-run.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const WORKER = join(import.meta.dirname, '..', '..', 'bin', 'meshwright.ts');
const { PATH = '' } = process.env;

describe('a worker that cannot write its log, for the disk is full,', () => {
  const home = mkdtempSync(join(tmpdir(), 'meshwright-full-'));
  let worker: ChildProcess | undefined;

  afterEach(async () => {
    if (worker?.exitCode === null && worker.kill('SIGKILL')) await once(worker, 'exit');
  });

  test('does its steps all the same, and tells in the history what it could not log', async () => {
    const full = openSync('/dev/full', 'w');
    worker = spawn(process.execPath, [WORKER, 'worker'], {
      env: {
        PATH,
        HOME: home,
        MESHWRIGHT_HOME: home,
        TEMPORAL_ADDRESS: bed.server().address,
        // Knows none of the contexts of the mesh: every precheck fails, and is logged.
        KUBECONFIG: writeKubeconfig([]),
      },
      stdio: ['ignore', full, full],
    });
    const install = await startOperation(bed.server(), 'install', bed.spec(), TASK_QUEUE);
    const { steps } = await awaitProgress(
      install,
      ({ operation }) => operation.state === 'blocked',
    );
    const blocked = steps.filter(({ state }) => state === 'blocked');
    expect(blocked.map(({ id }) => id)).toEqual(['cluster1/precheck', 'cluster2/precheck']);
    expect(blocked[0]?.failure).toBe('UnknownCluster');
    expect(worker.exitCode).toBeNull();
  });
});
