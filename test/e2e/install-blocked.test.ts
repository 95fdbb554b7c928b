import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';
import type { MeshStatus, StepStatus } from '../../contract/mesh-status.ts';
import { raiseMeshRig, type MeshRig } from '../support/mesh-rig.ts';
import { everyResourceVersion } from '../support/resource-versions.ts';

describe('a load balancer of the remote that gives no address', () => {
  let rig: MeshRig;
  let file: string;

  beforeAll(async () => {
    rig = await raiseMeshRig({ gateways: 'meshNetworks' });
    file = join(rig.dir, 'short-wait.yaml');
    const document = parseDocument(readFileSync(rig.meshFile, 'utf8'));
    document.setIn(['spec', 'timeouts', 'gatewayAddress'], '20s');
    writeFileSync(file, document.toString());
  }, 300_000);

  afterAll(async () => {
    await rig.down();
  }, 120_000);

  async function fault(word: string): Promise<void> {
    const { exitCode, stderr } = await rig.meshwright(
      'sandbox',
      'fault',
      'cluster2',
      word,
      '--dir',
      rig.dir,
    );
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const shown = await rig.meshwright('sandbox', 'status', '--dir', rig.dir);
    expect(shown.stdout.includes('lb-never') || shown.stdout.includes('never')).toBe(
      word === 'lb-never',
    );
  }

  async function status(): Promise<MeshStatus> {
    return JSON.parse(
      (await rig.meshwright('status', 'sandbox', '-o', 'json')).stdout,
    ) as MeshStatus;
  }

  async function objects(): Promise<string[]> {
    return Object.keys(await everyResourceVersion(rig, ['cluster1', 'cluster2'])).sort();
  }

  /** Takes the mesh away where a test before this one has made it. */
  async function uninstalled(): Promise<void> {
    if ((await rig.meshwright('status', 'sandbox')).exitCode !== 0) return;
    const consent = ['--crds', '--yes', '--confirm', 'sandbox'];
    expect(await rig.meshwright('uninstall', 'sandbox', ...consent)).toMatchObject({ exitCode: 0 });
  }

  /** Starts an install, and waits until the missing address is all that keeps it. */
  async function blocked(): Promise<MeshStatus> {
    const words = ['-f', file, '--yes', '--detach', '--reason', 'no address yet'];
    expect(await rig.meshwright('install', ...words)).toMatchObject({ exitCode: 0 });
    let seen = await status();
    while (seen.operation.state === 'running') seen = await status();
    expect(seen.operation.state).toBe('blocked');
    return seen;
  }

  function missing(id: string): never {
    throw new Error(`no step ${id}`);
  }

  function step(seen: MeshStatus, id: string): StepStatus {
    return seen.steps.find((candidate) => candidate.id === id) ?? missing(id);
  }

  test('leaves nothing behind when the install is canceled and taken back', async () => {
    await fault('lb-never');
    await uninstalled();
    const before = await objects();
    await blocked();
    expect((await objects()).length).toBeGreaterThan(before.length);
    const consent = ['--yes', '--confirm', 'sandbox', '--reason', 'not this quarter'];
    const canceled = await rig.meshwright('cancel', 'sandbox', '--undo', ...consent);
    expect(canceled.stderr + canceled.stdout).toContain('canceled and taken back');
    expect(canceled.exitCode).toBe(0);
    expect(await objects()).toEqual(before);
    const { stdout } = await rig.meshwright('history', 'sandbox', '-o', 'json');
    expect(stdout).toContain('not this quarter');
  }, 400_000);

  test('is shown as awaited, with since when, while everything else goes on; then blocks alone; and goes on by retry', async () => {
    await fault('lb-never');
    await uninstalled();
    const started = await rig.meshwright(
      'install',
      '-f',
      file,
      '--yes',
      '--detach',
      '--reason',
      'no address yet',
    );
    expect(started.exitCode).toBe(0);

    let seen = await status();
    while (step(seen, 'cluster2/await-gateway-address').state !== 'waiting') seen = await status();
    const waiting = step(seen, 'cluster2/await-gateway-address');
    expect(waiting.reason).toContain('istio-eastwestgateway');
    expect(Date.parse(waiting.since ?? '')).toBeLessThanOrEqual(Date.now());

    while (seen.operation.state === 'running') seen = await status();
    expect(seen.operation.state).toBe('blocked');
    expect(step(seen, 'cluster2/await-gateway-address').state).toBe('blocked');
    expect(step(seen, 'cluster2/await-gateway').state).toBe('done');
    const unfinished = seen.steps.filter(({ state }) => state !== 'done').map(({ id }) => id);
    expect(unfinished.toSorted()).toEqual(
      [
        'cluster2/await-gateway-address',
        'cluster2/patch-mesh-networks',
        'mesh/verify-traffic',
      ].toSorted(),
    );

    const placeholder = await rig.kubectl(
      'cluster1',
      'get',
      'configmap',
      'istio',
      '-n',
      'istio-system',
      '-o',
      'jsonpath={.data.meshNetworks}',
    );
    expect(placeholder).toContain('0.0.0.0');

    const attached = await rig.meshwright('install', '-f', file, '--yes', '--reason', 'attach');
    expect(attached.exitCode).toBe(3);
    expect(attached.stdout + attached.stderr).toContain(
      'meshwright retry sandbox cluster2/await-gateway-address --reason',
    );

    const other = await rig.meshwright(
      'install',
      '-f',
      rig.meshFile,
      '--yes',
      '--reason',
      'another file',
    );
    expect([1, 2]).toContain(other.exitCode);

    const wrong = await rig.meshwright(
      'retry',
      'sandbox',
      'cluster1/precheck',
      '--reason',
      'not blocked',
    );
    expect(wrong.exitCode).not.toBe(0);

    await fault('clear');
    const retried = await rig.meshwright(
      'retry',
      'sandbox',
      'cluster2/await-gateway-address',
      '--reason',
      'load balancer repaired',
    );
    expect(retried.exitCode).toBe(0);
    const done = await status();
    expect(done.operation.state).toBe('succeeded');
    const text = await rig.kubectl(
      'cluster1',
      'get',
      'configmap',
      'istio',
      '-n',
      'istio-system',
      '-o',
      'jsonpath={.data.meshNetworks}',
    );
    expect(text).not.toContain('0.0.0.0');

    const { stdout } = await rig.meshwright('history', 'sandbox', '-o', 'json');
    expect(stdout).toContain('load balancer repaired');
  }, 400_000);
});
