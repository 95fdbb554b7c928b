import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { startServer, type RunningServer } from '../bin/demo/running-server.ts';
import { runMeshwright } from '../bin/run-meshwright.ts';
import type { MeshProgress } from '../contract/mesh-status.ts';
import { PROGRESS_QUERY } from '../contract/messages.ts';
import { meshWorkflowId } from '../contract/workflow-ids.ts';
import { onFreshSandbox } from './fresh-sandbox.ts';
import { type GrowthBound, growthOf, grows } from './growth.ts';
import { spreadOf } from './statistics.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    minutes: { type: 'string' },
    clusters: { type: 'string', default: '2' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** Rounds in which caches fill and code is compiled; shown, not judged. */
const WARM_UP = 2;
/** Fewer judged rounds than this say nothing about growth. */
const JUDGED = 5;

/** What a round measured. */
type Round = {
  install: number;
  step: number;
  uninstall: number;
  rss: number;
  heap: number;
  db: number;
};

const COLUMNS: { [K in keyof Round]: { title: string; bound: GrowthBound | null } } = {
  install: { title: 'install s', bound: { perRound: 0.3, share: 0.25 } },
  step: { title: 'step s (median)', bound: { perRound: 0.02, share: 0.25 } },
  uninstall: { title: 'uninstall s', bound: { perRound: 0.3, share: 0.25 } },
  rss: { title: 'RSS MB', bound: { perRound: 1, share: 0.1 } },
  heap: { title: 'heap MB', bound: { perRound: 0.25, share: 0.1 } },
  // Histories are kept for a year, so the database has to grow.
  db: { title: 'database MB', bound: null },
};

if (flags.help) {
  console.log(
    [
      'npm run soak -- [--rounds 12 | --minutes 60] [--clusters 2]',
      '',
      'Installs a mesh and uninstalls it, again and again, by one worker and one Temporal on one sandbox. After each round it shows how long both took, the',
      "median of the steps, the worker's resident size and heap after a forced garbage collection, and the size of Temporal's database.",
      '',
      `Ends with 1 when something grows: the median slope over all pairs of rounds (Theil–Sen; the first ${WARM_UP} rounds are left out) is above its bound a`,
      `round, and what it adds up to is above a share of the median. It takes ${WARM_UP + JUDGED} rounds at least to judge.`,
      ...Object.values(COLUMNS).map(({ title, bound }) =>
        bound === null
          ? `  ${title.padEnd(16)} shown only`
          : `  ${title.padEnd(16)} ${bound.perRound} a round and ${bound.share * 100} % in all`,
      ),
    ].join('\n'),
  );
  process.exit(0);
}

const clusters = Number(flags.clusters);
const rounds = flags.minutes === undefined ? Number(flags.rounds) : Infinity;
const endsAt = flags.minutes === undefined ? Infinity : Date.now() + Number(flags.minutes) * 60_000;
if (![clusters, rounds, endsAt].every((number) => number > 0)) {
  console.error('--rounds, --minutes and --clusters take numbers above 0');
  process.exit(2);
}

const dir = resolve('.sandbox-soak');
const memoryFile = join(dir, 'memory.json');

/** Runs a command to its end and answers how long it took, in seconds. @throws Error when it fails */
async function timed(server: RunningServer, ...words: string[]): Promise<number> {
  const began = performance.now();
  const { exitCode, stdout, stderr } = await runMeshwright(words, { env: server.env });
  if (exitCode !== 0)
    throw new Error(`meshwright ${words.join(' ')} ended with ${exitCode}:\n${stderr}${stdout}`);
  return (performance.now() - began) / 1_000;
}

/** Median of how long the steps of the last operation took, in seconds. */
async function medianStep(client: Client): Promise<number> {
  const handle = client.workflow.getHandle(meshWorkflowId('sandbox'));
  const { steps } = await handle.query<MeshProgress>(PROGRESS_QUERY);
  const durations = steps.flatMap(({ startedAt, finishedAt }) =>
    startedAt === null || finishedAt === null
      ? []
      : [(Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000],
  );
  return spreadOf(durations).median;
}

/** Memory of the worker after a forced collection, in megabytes. */
async function memoryOf(server: RunningServer): Promise<{ rss: number; heap: number }> {
  const [, worker = 0] = server.pids();
  rmSync(memoryFile, { force: true });
  process.kill(worker, 'SIGUSR2');
  while (!existsSync(memoryFile)) await new Promise((done) => setTimeout(done, 50));
  const { rss, heapUsed } = JSON.parse(readFileSync(memoryFile, 'utf8')) as NodeJS.MemoryUsage;
  return { rss: rss / 1e6, heap: heapUsed / 1e6 };
}

function databaseMegabytes(): number {
  const files = ['temporal.db', 'temporal.db-wal'].map((name) => join(dir, 'home', name));
  return files.filter(existsSync).reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
}

async function runRound(server: RunningServer, client: Client): Promise<Round> {
  const file = ['-f', join(dir, 'mesh.yaml'), '--yes'];
  const install = await timed(server, 'install', ...file);
  const step = await medianStep(client);
  const uninstall = await timed(server, 'uninstall', 'sandbox', ...file, '--confirm', 'sandbox');
  return { install, step, uninstall, ...(await memoryOf(server)), db: databaseMegabytes() };
}

function row(first: string, cells: (key: keyof Round) => string): string {
  const keys = Object.keys(COLUMNS) as (keyof Round)[];
  return first.padEnd(12) + keys.map((key) => cells(key).padStart(17)).join('');
}

/** Starts Temporal, and a worker that tells its memory when asked. */
async function startWatched(): Promise<RunningServer> {
  const status = await runMeshwright(['sandbox', 'status', '-o', 'json', '--dir', dir]);
  const { nameServer } = JSON.parse(status.stdout) as { nameServer: string };
  const probe = fileURLToPath(new URL('./memory-on-signal.ts', import.meta.url));
  Object.assign(process.env, {
    NODE_OPTIONS: `--expose-gc --import=${probe}`,
    SOAK_MEMORY_FILE: memoryFile,
  });
  const server = await startServer({ dir, keep: false, nameServers: nameServer });
  // Commands that are started from here on are nobody's to watch.
  delete process.env['NODE_OPTIONS'];
  return server;
}

async function soak(): Promise<Round[]> {
  const server = await startWatched();
  const connection = Connection.lazy({ address: server.env['TEMPORAL_ADDRESS'] ?? '' });
  const client = new Client({ connection });
  const measured: Round[] = [];
  try {
    console.log(row('round', (key) => COLUMNS[key].title));
    while (measured.length < rounds && Date.now() < endsAt) {
      const round = await runRound(server, client);
      measured.push(round);
      console.log(row(String(measured.length), (key) => round[key].toFixed(2)));
    }
  } finally {
    await connection.close();
    await server.stop();
  }
  return measured;
}

const judged = (await onFreshSandbox({ clusters, lbDelay: '0s', dir }, soak)).slice(WARM_UP);
if (judged.length < JUDGED) {
  console.log(`not judged: that takes ${WARM_UP + JUDGED} rounds at least`);
} else {
  const growth = (key: keyof Round): ReturnType<typeof growthOf> =>
    growthOf(judged.map((round) => round[key]));
  console.log(row('a round', (key) => growth(key).perRound.toFixed(3)));
  const growing = (Object.keys(COLUMNS) as (keyof Round)[]).filter((key) => {
    const { bound } = COLUMNS[key];
    return bound !== null && grows(growth(key), bound);
  });
  console.log(
    growing.length === 0
      ? 'nothing grows'
      : `grows: ${growing.map((key) => COLUMNS[key].title).join(', ')}`,
  );
  process.exitCode = growing.length === 0 ? 0 : 1;
}
