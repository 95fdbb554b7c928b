import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { MeshHistory } from '../../client/history/history-document.ts';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import { awaitTrue } from '../support/install-run.ts';
import { databasePlaces, temporalPlaces } from '../support/leak-places.ts';
import { raiseMeshRig, type MeshRig } from '../support/mesh-rig.ts';
import { findKnown, type KnownSecret, type Place } from '../support/secret-scan.ts';

/** Reasons that a person gives on the way. */
const REASONS = {
  install: 'the board of Acme wants it',
  pause: 'auditors are in the house',
  resume: 'auditors have left the house',
};

let folder: string;
let rig: MeshRig;
let client: Client;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'payload-keys-'));
  const keys = join(folder, 'keys');
  writeFileSync(keys, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  const env = { MESHWRIGHT_PAYLOAD_KEYS: keys };
  rig = await raiseMeshRig({ clusters: 1, gateways: 'discovered', env });
  const address = rig.server.env['TEMPORAL_ADDRESS'] ?? '';
  client = new Client({ connection: await Connection.connect({ address }) });
}, 300_000);

afterAll(async () => {
  await client.connection.close();
  await rig.down();
}, 120_000);

/** What must not be read in Temporal: of the mesh file, of what people said, of what steps wrote and waited for. */
function hidden(): KnownSecret[] {
  const { spec } = parse(readFileSync(rig.meshFile, 'utf8')) as {
    spec: { clusters: { apiServer: string }[] };
  };
  const words = {
    'address of the API server': spec.clusters[0]?.apiServer ?? '',
    'part of the mesh file': 'plain-envoy',
    'an object that was written': 'istio-sidecar-injector',
    'a kind of object': 'MutatingWebhookConfiguration',
    'an address in the cluster': 'istio-system/istiod',
    'summary of the plan': '1 cluster on 1 network',
    ...REASONS,
  };
  return Object.entries(words).map(([name, value]) => ({ name, value }));
}

function readable(places: readonly Place[]): string[] {
  return places.flatMap(({ where, bytes }) => findKnown(where, bytes, hidden()));
}

/** Encodings of all payloads in a history, but those of search attributes, by which operations are found. */
function encodingsOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return found;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'searchAttributes') continue;
    if (key === 'metadata' && 'data' in value)
      found.add(Buffer.from((inner as { encoding?: Uint8Array }).encoding ?? []).toString());
    else encodingsOf(inner, found);
  }
  return found;
}

async function status(): Promise<MeshStatus> {
  const { stdout } = await rig.meshwright('status', 'sandbox', '-o', 'json');
  return JSON.parse(stdout) as MeshStatus;
}

async function meshwright(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await rig.meshwright(...words);
  expect({ words, exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
}

test('an install of a real mesh leaves nothing readable in Temporal, and is decided about, followed and told as any other', async () => {
  const install = ['install', '-f', rig.meshFile, '--yes', '--detach'];
  await meshwright(...install, '--reason', REASONS.install);
  await awaitTrue(status, ({ steps }) => steps.some(({ state }) => state === 'done'));
  await meshwright('pause', 'sandbox', '--reason', REASONS.pause);
  const paused = await status();
  expect(paused.operation).toMatchObject({ state: 'paused', paused: { reason: REASONS.pause } });
  // while it runs: heartbeats, details and pending activities as well
  expect(readable(await temporalPlaces(client))).toEqual([]);

  await meshwright('resume', 'sandbox', '--reason', REASONS.resume);
  expect((await status()).operation.state).toBe('succeeded');
  const told = await meshwright('history', 'sandbox', '-o', 'json');
  const { operations } = JSON.parse(told) as MeshHistory;
  expect(operations).toHaveLength(1);
  for (const { name, value } of hidden()) {
    if (name === 'part of the mesh file' || name === 'address of the API server') continue;
    expect({ name, told: told.includes(value) }).toEqual({ name, told: true });
  }

  const places = await temporalPlaces(client);
  expect(places.length).toBeGreaterThan(4);
  expect(readable(places)).toEqual([]);
  expect(readable(databasePlaces(join(rig.dir, 'home')))).toEqual([]);
  const history = await client.workflow.getHandle('mesh-sandbox').fetchHistory();
  expect([...encodingsOf(history)]).toEqual(['binary/encrypted']);
}, 300_000);
