import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MeshStatus } from '../../contract/mesh-status.ts';
import { raiseMeshRig, type MeshRig } from '../support/mesh-rig.ts';
import { randomFrom } from '../support/seeded-random.ts';

describe('a fresh install whose worker and Temporal server are killed', () => {
  let rig: MeshRig;

  beforeAll(async () => {
    rig = await raiseMeshRig({ gateways: 'discovered' });
  }, 300_000);

  afterAll(async () => {
    await rig.down();
  }, 120_000);

  /** Serial numbers of the CA secrets as far as they exist. */
  async function caSecrets(): Promise<{ [cluster: string]: string }> {
    const found: { [cluster: string]: string } = {};
    for (const cluster of ['cluster1', 'cluster2']) {
      const [secret] = await rig.objects(
        cluster,
        'secrets',
        '-n',
        'istio-system',
        '--field-selector=metadata.name=cacerts',
      );
      if (secret !== undefined)
        found[cluster] = `${secret.metadata.uid ?? ''} ${secret.metadata.resourceVersion ?? ''}`;
    }
    return found;
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
    while (!ended && kills < 6) {
      // The instant of the kill is what is random here; nothing is waited for.
      await new Promise((resolve) => setTimeout(resolve, 300 + random() * 3_500));
      first = { ...(await caSecrets()), ...first };
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
    expect(await caSecrets()).toMatchObject(first);

    const again = await rig.meshwright('install', '-f', rig.meshFile, '--yes', '--reason', 'proof');
    expect(again.exitCode).toBe(0);
    expect(again.stdout + again.stderr).toContain('nothing to change');
    const verify = await rig.meshwright('verify', 'sandbox');
    expect(verify.exitCode).toBe(0);
  }, 600_000);
});
