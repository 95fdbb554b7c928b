import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from '../../../../../sandbox/toolchain/command.ts';
import type { Resolution } from '../../../../../sandbox/toolchain/resolution.ts';
import { createRootFilesystem } from '../../../../../sandbox/toolchain/images/root-filesystem.ts';
import { parseLdd } from '../../../../../sandbox/toolchain/images/shared-libraries.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const resolution: Pick<Resolution, 'run' | 'env' | 'signal'> = {
  run: runCommand,
  env: process.env,
  signal: new AbortController().signal,
};

function paths(root: ReturnType<typeof createRootFilesystem>): string[] {
  return root.entries().map(({ path }) => path);
}

describe('a root file system', () => {
  test('begins with links into /usr, a /tmp that everybody may write to, and the proxy user', () => {
    const root = createRootFilesystem(resolution);
    const entries = new Map(root.entries().map((entry) => [entry.path, entry]));
    expect(entries.get('bin')).toEqual({ kind: 'symlink', path: 'bin', target: 'usr/bin' });
    expect(entries.get('lib64')).toMatchObject({ target: 'usr/lib64' });
    expect(entries.get('tmp')).toMatchObject({ kind: 'directory', mode: 0o1777 });
    expect(entries.get('etc/passwd')?.kind).toBe('file');
  });

  test('gets the folders of a file before the file, and /lib means /usr/lib', () => {
    const root = createRootFilesystem(resolution);
    root.addText('/lib/x/y.so', 'y');
    const all = paths(root);
    expect(all.indexOf('usr/lib/x')).toBeGreaterThan(all.indexOf('usr/lib'));
    expect(all.indexOf('usr/lib/x/y.so')).toBe(all.indexOf('usr/lib/x') + 1);
    expect(all).not.toContain('lib/x/y.so');
  });

  test('gets with a program of this machine the loader and libraries it needs', async () => {
    const root = createRootFilesystem(resolution);
    await root.addProgram('/bin/sh', 'usr/bin/sh');
    expect(paths(root).filter((path) => /libc\.so|ld-linux|ld-musl/.test(path))).not.toEqual([]);
  });

  test('has a recipe that changes with any content, mode or link, and with nothing else', async () => {
    const folder = await temporaryFolder();
    const source = join(folder, 'file');
    const recipe = async (content: string, mode = 0o644, target = 'a'): Promise<string> => {
      await writeFile(source, content);
      const root = createRootFilesystem(resolution);
      await root.addFile(source, 'etc/file', mode);
      root.addLink('etc/link', target);
      return root.recipe().join('\n');
    };
    const first = await recipe('one');
    expect(await recipe('one')).toBe(first);
    expect(await recipe('two')).not.toBe(first);
    expect(await recipe('one', 0o600)).not.toBe(first);
    expect(await recipe('one', 0o644, 'b')).not.toBe(first);
  });
});

describe('what ldd prints', () => {
  const PRINTED = [
    '\tlinux-vdso.so.1 (0x00007f538dac4000)',
    '\tlibmnl.so.0 => /lib/x86_64-linux-gnu/libmnl.so.0 (0x00007f538d9f6000)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f538dac6000)',
  ].join('\n');

  test('names the libraries and the loader, not what the kernel provides', () => {
    expect(parseLdd('/usr/sbin/ip', PRINTED)).toEqual([
      '/lib/x86_64-linux-gnu/libmnl.so.0',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
  });

  test('with a missing library is an error that names it', () => {
    const printed = `${PRINTED}\n\tlibelf.so.1 => not found`;
    expect(() => parseLdd('/usr/sbin/ip', printed)).toThrow('/usr/sbin/ip needs libelf.so.1');
  });
});
