import { createHash } from 'node:crypto';
import { mkdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../../../../sandbox/toolchain/command.ts';
import {
  fileOf,
  writeDockerArchive,
} from '../../../../../sandbox/toolchain/images/docker-archive.ts';
import type { Image } from '../../../../../sandbox/toolchain/images/docker-archive.ts';
import type { TarEntry } from '../../../../../sandbox/toolchain/images/tar.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const DEEP = `${'deep/'.repeat(30)}file-with-a-name`;

const layer: TarEntry[] = [
  fileOf('usr/bin/sh', Buffer.alloc(100_000, 'x'), 0o755),
  { kind: 'directory', path: 'tmp', mode: 0o1777 },
  { kind: 'symlink', path: 'bin', target: 'usr/bin' },
  fileOf('empty', Buffer.alloc(0)),
  fileOf('exactly-a-block', Buffer.alloc(512, 'y')),
  fileOf(DEEP, Buffer.from('found')),
];

const image: Image = {
  reference: 'meshwright.local/app:1',
  architecture: 'amd64',
  config: { entrypoint: ['/usr/bin/sh', '-c'], user: '1337:1337', env: { A: 'b' } },
  layer,
};

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});

/** Unpacks with the system's tar, which knows nothing of our writer. */
async function untar(archive: string, name: string): Promise<string> {
  const into = join(folder, name);
  await mkdir(into);
  await runCommand('tar', ['-xpf', archive, '-C', into], { env: process.env, timeoutMs: 20_000 });
  return into;
}

async function archived(written: Image, name = 'image.tar'): Promise<string> {
  const path = join(folder, name);
  await writeDockerArchive(written, path);
  return path;
}

describe('a docker archive', () => {
  test('ties one layer and a configuration together by checksums that hold', async () => {
    const outside = await untar(await archived(image), 'archive');
    const [manifest] = JSON.parse(await readFile(join(outside, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ RepoTags: ['meshwright.local/app:1'], Layers: ['layer.tar'] });
    const configText = await readFile(join(outside, manifest.Config));
    expect(manifest.Config).toBe(`${createHash('sha256').update(configText).digest('hex')}.json`);
    const config = JSON.parse(configText.toString());
    const layerBytes = await readFile(join(outside, 'layer.tar'));
    expect(config.rootfs.diff_ids).toEqual([
      `sha256:${createHash('sha256').update(layerBytes).digest('hex')}`,
    ]);
    expect(config).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      config: { User: '1337:1337', Entrypoint: ['/usr/bin/sh', '-c'] },
    });
    expect(config.config.Env).toContain('A=b');
  });

  test('holds every kind of entry as it was given, long paths and block borders included', async () => {
    const outside = await untar(await archived(image), 'archive');
    const root = await untar(join(outside, 'layer.tar'), 'root');
    expect((await stat(join(root, 'usr/bin/sh'))).size).toBe(100_000);
    expect((await stat(join(root, 'usr/bin/sh'))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(root, 'tmp'))).mode & 0o7777).toBe(0o1777);
    expect(await readlink(join(root, 'bin'))).toBe('usr/bin');
    expect((await stat(join(root, 'empty'))).size).toBe(0);
    expect(await readFile(join(root, 'exactly-a-block'), 'utf8')).toBe('y'.repeat(512));
    expect(await readFile(join(root, DEEP), 'utf8')).toBe('found');
  });

  test('is the same bytes whenever and in whatever order it is made', async () => {
    const first = await readFile(await archived(image));
    const turned = { ...image, layer: [...layer].reverse() };
    expect((await readFile(await archived(turned, 'turned.tar'))).equals(first)).toBe(true);
  });

  test('lists sorted entries dated 1970 that belong to root', async () => {
    const outside = await untar(await archived(image), 'archive');
    const { stdout } = await runCommand(
      'tar',
      ['--numeric-owner', '--utc', '-tvf', join(outside, 'layer.tar')],
      { env: { ...process.env, LC_ALL: 'C' }, timeoutMs: 20_000 },
    );
    const lines = stdout.trim().split('\n');
    for (const line of lines) expect(line).toMatch(/ 0\/0 +\d+ 1970-01-01 00:00 /);
    const names = lines.map((line) => line.split(' 00:00 ')[1]?.split(' -> ')[0]);
    expect(names).toEqual([...names].sort());
  });

  test('is refused when a file changes its length while it is read', async () => {
    const lying: TarEntry = { ...fileOf('lib.so', Buffer.from('12345')), size: 4 };
    await expect(archived({ ...image, layer: [lying] })).rejects.toThrow(
      'lib.so has 5 bytes instead of 4',
    );
  });

  test('is refused when a path cannot be written', async () => {
    const long = fileOf('x'.repeat(101), Buffer.from(''));
    await expect(archived({ ...image, layer: [long] })).rejects.toThrow('is too long for a tar');
  });
});
