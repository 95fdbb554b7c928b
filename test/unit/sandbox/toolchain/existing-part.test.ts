import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { resolvePart } from '../../../../sandbox/toolchain/resolve.ts';
import { ISTIO_VERSION } from '../../../../sandbox/toolchain/versions.ts';
import { fakeGoBuild, fakeMachine } from './fake-machine.ts';
import type { FakeMachine } from './fake-machine.ts';

const RIGHT = `echo 'client version: ${ISTIO_VERSION}'`;
const WRONG = "echo 'client version: 1.29.1'";

async function machineWithGo(): Promise<FakeMachine> {
  const machine = await fakeMachine({ nice: fakeGoBuild() });
  await machine.addProgram('go', 'echo go1.26.8');
  return machine;
}

function overridden(machine: FakeMachine, path: string): FakeMachine['options'] {
  return { ...machine.options, env: { ...machine.options.env, MESHWRIGHT_ISTIOCTL: path } };
}

describe('a part that is there already', () => {
  test('is used from PATH in the right version', async () => {
    const machine = await machineWithGo();
    const path = await machine.addProgram('istioctl', RIGHT);
    expect(await resolvePart('istioctl', machine.options)).toBe(path);
    expect(machine.calls).toEqual([]);
  });

  test('is built nevertheless when PATH has another version, which is told as a detail', async () => {
    const machine = await machineWithGo();
    const path = await machine.addProgram('istioctl', WRONG);
    expect(await resolvePart('istioctl', machine.options)).not.toBe(path);
    expect(machine.events[0]).toMatchObject({
      phase: 'ignored',
      verbose: true,
      text: `ignoring ${path}: it is version 1.29.1, and ${ISTIO_VERSION} is needed`,
    });
  });

  test('is built nevertheless when the one on PATH does not run', async () => {
    const machine = await machineWithGo();
    const path = await machine.addProgram('istioctl', 'exit 1');
    expect(await resolvePart('istioctl', machine.options)).not.toBe(path);
    expect(machine.events[0]?.text).toContain('of unknown version');
  });

  test('is used from the environment before PATH', async () => {
    const machine = await machineWithGo();
    await machine.addProgram('istioctl', RIGHT);
    const mine = await machine.addProgram('my-istioctl', RIGHT);
    expect(await resolvePart('istioctl', overridden(machine, mine))).toBe(mine);
  });

  test('from the environment in another version is refused with both versions', async () => {
    const machine = await machineWithGo();
    const mine = await machine.addProgram('my-istioctl', WRONG);
    await expect(resolvePart('istioctl', overridden(machine, mine))).rejects.toMatchObject({
      name: 'ToolchainUnavailable',
      message: `MESHWRIGHT_ISTIOCTL=${mine} is version 1.29.1, and ${ISTIO_VERSION} is needed`,
      cure: 'unset MESHWRIGHT_ISTIOCTL, or point it at another file',
    });
  });

  test('from the environment is refused when it does not exist, cannot run or is relative', async () => {
    const machine = await machineWithGo();
    const plain = join(machine.options.env['PATH'] ?? '', 'plain');
    await writeFile(plain, '', { mode: 0o644 });
    const refusals = [
      ['/nowhere/istioctl', 'does not exist'],
      [plain, 'is not an executable file'],
      ['bin/istioctl', 'is not an absolute path'],
    ] as const;
    for (const [path, why] of refusals) {
      await expect(resolvePart('istioctl', overridden(machine, path))).rejects.toThrow(
        `MESHWRIGHT_ISTIOCTL=${path} ${why}`,
      );
    }
  });

  test('is never taken from PATH when it cannot tell its version', async () => {
    const machine = await machineWithGo();
    const path = await machine.addProgram('pause', 'echo 1');
    expect(await resolvePart('pause', machine.options)).not.toBe(path);
  });
});
