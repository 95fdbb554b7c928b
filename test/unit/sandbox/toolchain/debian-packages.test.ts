import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isDebianLike } from '../../../../sandbox/toolchain/host.ts';
import { resolvePart, resolveParts } from '../../../../sandbox/toolchain/resolve.ts';
import { failure, fakeMachine } from './fake-machine.ts';
import type { FakeMachine } from './fake-machine.ts';

/** A machine whose apt-get really puts runc and ip into its system folders. */
async function debian(facts: Parameters<typeof fakeMachine>[1] = {}): Promise<FakeMachine> {
  const machine = await fakeMachine({ systemctl: () => '' }, facts);
  const sbin = join(machine.systemRoot, 'usr/sbin');
  await mkdir(sbin, { recursive: true });
  machine.scripts['apt-get'] = async (args) => {
    for (const name of args.includes('install') ? ['runc', 'ip'] : []) {
      await machine.addProgram(name, '', sbin);
    }
    return '';
  };
  return machine;
}

async function haveLists(machine: FakeMachine): Promise<void> {
  const lists = join(machine.systemRoot, 'var/lib/apt/lists');
  await mkdir(lists, { recursive: true });
  await writeFile(join(lists, 'mirror_main_binary-amd64_Packages.lz4'), '');
}

const POLICY = 'usr/sbin/policy-rc.d';

describe('packages of the operating system', () => {
  test('are installed in one go as root on Debian, having said so', async () => {
    const machine = await debian();
    await haveLists(machine);
    const parts = await resolveParts(['runc', 'ip'], machine.options);
    expect(parts.runc).toBe(join(machine.systemRoot, 'usr/sbin/runc'));
    expect(machine.calls).toEqual([
      expect.stringMatching(/^apt-get -q install -y --no-install-recommends .* iproute2 runc$/),
    ]);
    expect(machine.events[0]?.text).toBe('installing the packages iproute2 runc, once');
  });

  test('are not installed when they are there', async () => {
    const machine = await debian();
    await machine.addProgram('runc', '', join(machine.systemRoot, 'usr/sbin'));
    await resolvePart('runc', machine.options);
    expect(machine.calls).toEqual([]);
  });

  test('come after apt-get update when the machine has no lists', async () => {
    const machine = await debian();
    await resolvePart('runc', machine.options);
    expect(machine.calls.map((call) => call.split(' ')[2])).toEqual(['update', 'install']);
  });

  test('are tried again after apt-get update when the lists are stale', async () => {
    const machine = await debian();
    await haveLists(machine);
    const install = machine.scripts['apt-get']!;
    machine.scripts['apt-get'] = (args, options) => {
      if (machine.calls.length === 1) throw failure('E: Unable to locate package runc');
      return install(args, options);
    };
    await resolvePart('runc', machine.options);
    expect(machine.calls.map((call) => call.split(' ')[2])).toEqual([
      'install',
      'update',
      'install',
    ]);
  });

  test('start no service while they are installed, and the policy is removed afterwards', async () => {
    const machine = await debian();
    const install = machine.scripts['apt-get']!;
    let policy = '';
    machine.scripts['apt-get'] = async (args, options) => {
      policy = await readFile(join(machine.systemRoot, POLICY), 'utf8').catch(() => policy);
      return install(args, options);
    };
    await resolvePart('runc', machine.options);
    expect(policy).toMatch(/^#!\/bin\/sh\n.*\nexit 101\n$/);
    await expect(stat(join(machine.systemRoot, POLICY))).rejects.toThrow('ENOENT');
  });

  test("leave somebody's own policy as it is", async () => {
    const machine = await debian();
    await writeFile(join(machine.systemRoot, POLICY), '#!/bin/sh\nexit 0\n');
    await resolvePart('runc', machine.options);
    expect(await readFile(join(machine.systemRoot, POLICY), 'utf8')).toBe('#!/bin/sh\nexit 0\n');
  });

  test('are refused without root with the exact command as the cure, before anything is built', async () => {
    const machine = await debian({ root: false });
    await expect(resolveParts(['etcd', 'ip', 'runc'], machine.options)).rejects.toMatchObject({
      name: 'ToolchainUnavailable',
      message: 'these are missing on this machine: iproute2 runc',
      cure: "install them: sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends iproute2 runc'",
    });
    expect(machine.calls).toEqual([]);
  });

  test('are left to the user on another distribution', async () => {
    const machine = await debian({ debian: false });
    await expect(resolvePart('runc', machine.options)).rejects.toMatchObject({
      cure: expect.stringContaining('docs/kind.md'),
    });
  });

  test('end the resolution with what apt-get said when it fails twice', async () => {
    const machine = await debian();
    machine.scripts['apt-get'] = () => {
      throw failure('E: Could not get lock /var/lib/dpkg/lock-frontend');
    };
    await expect(resolvePart('runc', machine.options)).rejects.toThrow('Could not get lock');
  });

  test('end the resolution when they did not bring the part', async () => {
    const machine = await debian();
    machine.scripts['apt-get'] = () => '';
    await expect(resolvePart('runc', machine.options)).rejects.toThrow(
      'runc is still not usable after installing runc',
    );
  });
});

describe('a Debian', () => {
  test.each([
    ['ID=debian\n', true],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', true],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
    ['ID="fedora"\n', false],
    ['NAME="not a debian"\nID=alpine\n', false],
    ['', false],
  ])('is told by its os-release %j: %s', (release, expected) => {
    expect(isDebianLike(release)).toBe(expected);
  });
});
