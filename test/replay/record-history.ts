/** Records a history of every shape anew: `npm run record-history [SHAPE …]`. Say in CHANGELOG.md why they changed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startTemporalServer } from '../support/temporal-server.ts';
import type { TemporalServer } from '../support/temporal-server.ts';
import { quietRuntime, startWorker } from '../support/workflow-worker.ts';
import type { RunningWorker } from '../support/workflow-worker.ts';
import { SHAPES, specOf } from './shapes.ts';
import type { RecordShape } from './shapes.ts';

const FOLDER = join(import.meta.dirname, 'histories');

async function record(
  server: TemporalServer,
  shape: string,
  recordShape: RecordShape,
): Promise<void> {
  const workers: RunningWorker[] = [];
  const taskQueue = `record-${shape}`;
  const operation = await recordShape({
    server,
    taskQueue,
    spec: specOf(shape),
    work: async (steps) => {
      workers.push(await startWorker(server.nativeConnection, steps.activities(), taskQueue));
    },
  });
  const history: unknown = JSON.parse(historyToJSON(await operation.fetchHistory()));
  await writeFile(
    join(FOLDER, `${shape}.json`),
    `${JSON.stringify(withoutPlaces(history), null, 1)}\n`,
  );
  await Promise.all(workers.map((worker) => worker.stop()));
  process.stderr.write(`recorded ${shape}\n`);
}

/** Takes out stack traces, which name folders of this machine and mean nothing to a replay. */
function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'stackTrace');
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutPlaces(inner)]));
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((shape) => SHAPES[shape] === undefined);
if (unknown.length > 0)
  throw new Error(`no shape ${unknown.join(', ')}; there are ${Object.keys(SHAPES).join(', ')}`);
quietRuntime();
const server = await startTemporalServer();
try {
  for (const [shape, recordShape] of Object.entries(SHAPES)) {
    if (wanted.length === 0 || wanted.includes(shape)) await record(server, shape, recordShape);
  }
} finally {
  await server.stop();
}
