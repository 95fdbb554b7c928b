import { test } from '@jest/globals';
import { SHAPES } from '../replay/shapes.ts';
import type { Recording } from '../replay/shapes.ts';
import { expectHistoryToTellIt } from '../support/told-and-known.ts';
import { workflowBed } from '../support/workflow-bed.ts';
import { startWorker } from '../support/workflow-worker.ts';
import type { RunningWorker } from '../support/workflow-worker.ts';

const bed = workflowBed();

test.each([
  'installed',
  'nothing-to-do',
  'blocked-and-retried',
  'skipped',
  'paused',
  'replanned',
  'quarantined',
  'attached',
  'lost',
  'given-up-while-away',
  'retried-while-planning',
])('history tells of %s what its board does', async (shape) => {
  const server = bed.server();
  const taskQueue = bed.taskQueue();
  const workers: RunningWorker[] = [];
  const work: Recording['work'] = async (steps) => {
    workers.push(await startWorker(server.nativeConnection, steps.activities(), taskQueue));
  };
  try {
    const record = SHAPES[shape];
    if (record === undefined) throw new Error(`no shape ${shape}`);
    const operation = await record({ server, taskQueue, spec: bed.spec(), work });
    await expectHistoryToTellIt(operation);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
});
