import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MESH_NAME } from '../../contract/search-attributes.ts';
import { WORKFLOWS } from '../../contract/messages.ts';
import { aMeshSpec } from '../support/a-mesh-spec.ts';
import { aPlan, awaitTrue, scriptedInstall } from '../support/install-run.ts';
import {
  databasePlaces,
  filePlaces,
  processPlaces,
  temporalPlaces,
} from '../support/leak-places.ts';
import { startMeshwrightServer } from '../support/meshwright-server.ts';
import type { MeshwrightServer } from '../support/meshwright-server.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import { findKnown } from '../support/secret-scan.ts';
import type { Place } from '../support/secret-scan.ts';
import { quietRuntime, startWorker } from '../support/workflow-worker.ts';

/** Time for the whole file on a busy machine, in milliseconds. */
const LIMIT_MS = 120_000;

/** A secret of its own for every place that Temporal keeps something in. */
const PLANTED = [
  'input',
  'result',
  'heartbeat',
  'failure that is retried',
  'failure in history',
  'memo',
  'search attribute',
].map((name) => ({ name, value: randomBytes(30).toString('hex') }));

function planted(name: string): string {
  return PLANTED.find((canary) => canary.name === name)?.value ?? '';
}

/** Which of the planted secrets are found in places, by name. */
function foundIn(places: Place[]): string[] {
  const findings = places.flatMap(({ where, bytes }) => findKnown(where, bytes, PLANTED));
  return PLANTED.map(({ name }) => name).filter((name) =>
    findings.some((finding) => finding.endsWith(`: ${name}`)),
  );
}

const EVERY = PLANTED.map(({ name }) => name);
let server: MeshwrightServer;
let connection: Connection;
let client: Client;
let release: () => Promise<void> = async () => undefined;

/** An install that leaks in every way a step can: its operation ends only with the tests. */
beforeAll(async () => {
  quietRuntime();
  server = await startMeshwrightServer(['--no-worker']);
  while (!server.said().includes('Ctrl-C stops'))
    await new Promise((resolve) => setTimeout(resolve, 50));
  const native = await NativeConnection.connect({ address: server.address });
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
  const spec = aMeshSpec();
  const needs = { 'cluster1/told': [], 'cluster1/held': [], 'cluster1/away': [] };
  const steps = scriptedInstall(aPlan({ ...needs, 'cluster1/blocked': [] }), spec)
    .on('cluster1/told', () => ({ ...NOTHING_CHANGED, summary: planted('result') }))
    .on('cluster1/held', async () => {
      const context = Context.current();
      const beat = (): void => context.heartbeat({ reason: planted('heartbeat') });
      const beats = setInterval(beat, 200);
      return context.cancelled.finally(() => clearInterval(beats));
    })
    .on('cluster1/away', () => {
      throw stepFailure('ClusterUnreachable', planted('failure that is retried'));
    })
    .on('cluster1/blocked', () => {
      throw stepFailure('Forbidden', 'no', { lines: [planted('failure in history')] });
    });
  const worker = await startWorker(native, steps.activities(), 'leaks', 10);
  const install = await client.workflow.start(WORKFLOWS.install, {
    taskQueue: 'leaks',
    workflowId: 'mesh-leaks',
    args: [
      { spec, specDigest: 'digest', confirmedDigest: null, by: 'ana', reason: planted('input') },
    ],
    memo: { note: planted('memo') },
    typedSearchAttributes: new TypedSearchAttributes([
      { key: MESH_NAME, value: planted('search attribute') },
    ]),
  });
  release = async () => {
    release = async () => undefined;
    await install.terminate('the test is over');
    await worker.stop();
    await connection.close();
    await native.close();
  };
  await awaitTrue(
    () => install.describe(),
    ({ raw }) =>
      (raw.pendingActivities ?? []).some(({ heartbeatDetails }) => heartbeatDetails) &&
      (raw.pendingActivities ?? []).some(({ lastFailure }) => lastFailure),
  );
  await awaitTrue(
    () => install.fetchHistory(),
    ({ events }) => (events ?? []).some((event) => event.activityTaskFailedEventAttributes),
  );
}, LIMIT_MS);

afterAll(async () => {
  await release();
  await server.end();
});

test(
  'a secret is found wherever Temporal keeps it, while the server runs and after it has ended',
  async () => {
    const places = await awaitTrue(
      () => temporalPlaces(client),
      (now) => now.length > 0,
    );
    expect(foundIn(places)).toEqual(EVERY);
    const bytes = places.filter(({ where }) => where.endsWith('(protobuf)'));
    expect(foundIn(bytes)).toEqual(EVERY);
    expect(foundIn(places.filter(({ where }) => where.startsWith('visibility')))).toEqual([
      'memo',
      'search attribute',
    ]);
    expect(foundIn(databasePlaces(server.home))).toEqual(EVERY);
    await release();
    server.child.kill('SIGTERM');
    await awaitTrue(
      () => server.processes(),
      (left) => left.length === 0,
    );
    expect(foundIn(databasePlaces(server.home))).toEqual(EVERY);
  },
  LIMIT_MS,
);

test('a secret is found in logs, in files that are left, and in the words of a process', async () => {
  appendFileSync(join(server.home, 'logs', 'worker.log'), `{"msg":"${planted('input')}"}\n`);
  expect(foundIn(filePlaces(join(server.home, 'logs')))).toEqual(['input']);
  // the dev server of today keeps no write-ahead log; one that does is searched too
  const besides = join(server.home, 'besides');
  mkdirSync(besides);
  writeFileSync(join(besides, 'temporal.db-wal'), planted('result'));
  writeFileSync(join(besides, 'temporal.db-shm'), planted('memo'));
  expect(foundIn(databasePlaces(besides))).toEqual(['result', 'memo']);
  const words = ['-e', 'process.stdout.write("on"); setInterval(() => {}, 1000)', '--'];
  const child = spawn(process.execPath, [...words, planted('memo')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(foundIn(processPlaces())).toEqual(['memo']);
  } finally {
    child.kill('SIGKILL');
  }
});
