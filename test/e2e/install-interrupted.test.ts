import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import { caSecrets } from '../support/ca-secrets.ts';
import {
  databasePlaces,
  filePlaces,
  processPlaces,
  temporalPlaces,
} from '../support/leak-places.ts';
import { raiseMeshRig, type MeshRig } from '../support/mesh-rig.ts';
import { findInPlaces, findKnown, type Place } from '../support/secret-scan.ts';
import { secretsOf } from '../support/secrets-of.ts';
import { randomFrom } from '../support/seeded-random.ts';

describe('a fresh install whose worker and Temporal server are killed', () => {
  let rig: MeshRig;
  /** What Temporal told and which processes ran while the install was under fire. */
  const seen: Place[] = [];
  /** Where programs of the rig put what they do not want to keep. */
  const temporary = mkdtempSync(join(tmpdir(), 'install-interrupted-'));

  beforeAll(async () => {
    const env = { MESHWRIGHT_LOG_LEVEL: 'trace', TMPDIR: temporary };
    rig = await raiseMeshRig({ gateways: 'discovered', env });
  }, 300_000);

  afterAll(async () => {
    await rig.down();
  }, 120_000);

  /** Histories, heartbeats, failures and search attributes as they are now; none while Temporal is away. */
  async function toldByTemporal(): Promise<Place[]> {
    const connection = Connection.lazy({ address: rig.server.env['TEMPORAL_ADDRESS'] ?? '' });
    try {
      return await connection.withDeadline(Date.now() + 2_000, () =>
        temporalPlaces(new Client({ connection })),
      );
    } catch {
      return [];
    } finally {
      await connection.close();
    }
  }

  /** Every command about the mesh, as people and as programs ask, and as they are refused. */
  async function everyCommand(): Promise<void> {
    const asked = [
      ['plan', '-f', rig.meshFile, '--verbose'],
      ['status', 'sandbox', '-o', 'wide', '--verbose'],
      ['status', 'sandbox', '-o', 'yaml'],
      ['history', 'sandbox', '--verbose'],
      ['history', 'sandbox', '-o', 'json', '--plans'],
      ['history', 'sandbox', '--sync', '--verbose'],
      ['sync', 'sandbox', '-o', 'json'],
      ['status', 'nowhere', '--verbose'],
      ['history', 'sandbox', 'ffffffff', '--verbose'],
      ['retry', 'sandbox', 'cluster1/precheck', '--reason', 'over', '--verbose'],
      ['install', '-f', join(rig.dir, 'kubeconfig'), '--yes', '--verbose'],
    ];
    await Promise.all(asked.map((words) => rig.meshwright(...words)));
  }

  async function operationState(): Promise<string> {
    const { stdout } = await rig.meshwright('status', 'sandbox', '-o', 'json');
    return stdout.startsWith('{') ? (JSON.parse(stdout) as MeshStatus).operation.state : 'unknown';
  }

  test('completes, with the CA secrets it made first, and an install after it changes nothing', async () => {
    const seed = process.env['MESHWRIGHT_TEST_SEED'] ?? String(Date.now());
    console.info(`MESHWRIGHT_TEST_SEED=${seed}`);
    const random = randomFrom(seed);
    const install = rig.meshwright(
      'install',
      '-f',
      rig.meshFile,
      '--yes',
      '--reason',
      'under fire',
    );
    let first: { [cluster: string]: string } = {};
    let kills = 0;
    let ended = false;
    const outcome = install.finally(() => (ended = true));
    // six kills, and on a slow machine as many more as it takes for one to fall after the first CA secret
    for (let kept = false; !ended && (kills < 6 || !kept);) {
      // The instant of the kill is what is random here; nothing is waited for. Longer from kill to kill, so that a slow machine gets on.
      await new Promise((resolve) => setTimeout(resolve, 300 + random() * (3_500 + kills * 500)));
      first = { ...(await caSecrets(rig)), ...first };
      kept = Object.keys(first).length > 0;
      seen.push(...processPlaces(), ...(await toldByTemporal()));
      if (kills === 2) rig.server.killTemporal();
      await rig.server.killWorker();
      rig.server.startWorker();
      kills += 1;
    }
    const { exitCode, stderr } = await outcome;
    expect({ exitCode, tail: exitCode === 0 ? '' : stderr.slice(-2000) }).toEqual({
      exitCode: 0,
      tail: '',
    });
    expect(kills).toBeGreaterThan(2);
    expect(await operationState()).toBe('succeeded');
    expect(Object.keys(first).length).toBeGreaterThan(0);
    expect(await caSecrets(rig)).toMatchObject(first);

    const again = await rig.meshwright('install', '-f', rig.meshFile, '--yes', '--reason', 'proof');
    expect(again.exitCode).toBe(0);
    expect(again.stdout + again.stderr).toContain('nothing to change');
    const verify = await rig.meshwright('verify', 'sandbox');
    expect(verify.exitCode).toBe(0);

    const known = await secretsOf(rig);
    expect(new Set(known.map(({ name }) => name.replace(/ of .*| in .*/, '')))).toEqual(
      new Set(['root key', 'ca-key.pem', 'reader token', 'remote secret cluster2', 'credentials']),
    );
    await everyCommand();
    const attempts = seen.filter(({ where }) => where.startsWith('description of mesh-sandbox'));
    expect(attempts.length).toBeGreaterThan(0);
    const told = await toldByTemporal();
    expect(told.length).toBeGreaterThan(5 * 3);
    const live = databasePlaces(join(rig.dir, 'home'));
    await rig.server.stop();
    const written = [
      ...databasePlaces(join(rig.dir, 'home')),
      ...filePlaces(join(rig.dir, 'logs')),
      ...filePlaces(temporary),
      { where: 'output of commands', bytes: Buffer.from(rig.spoken.join('\n')) },
    ];
    expect(findInPlaces([...told, ...live, ...written], known)).toEqual([]);
    // other programs of this machine may be started with what looks like a secret
    expect(seen.flatMap(({ where, bytes }) => findKnown(where, bytes, known))).toEqual([]);
  }, 600_000);
});
