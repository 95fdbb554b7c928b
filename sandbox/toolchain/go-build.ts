import { copyFile, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Of } from './checksum.ts';
import { CommandFailed } from './command.ts';
import { findGo } from './go-command.ts';
import { GO_PARTS, MODULE_FILE_PARTS } from './go-parts.ts';
import { goArch } from './host.ts';
import { makePart } from './make-part.ts';
import { readCached } from './part-cache.ts';
import type { CacheEntry } from './part-cache.ts';
import type { GoPartName, ModuleFilePartName, ResolvedPart } from './parts.ts';
import { withProgress } from './progress.ts';
import type { Resolution } from './resolution.ts';
import { ToolchainUnavailable } from './unavailable.ts';

/** The folder that holds the Go modules. */
const MODULES = fileURLToPath(new URL('.', import.meta.url));

/** No part takes longer than this, even on one slow core. */
const BUILD_LIMIT_MS = 60 * 60_000;

/** Free bytes a build may need: the largest one fills about 4 GB of Go's module and build caches. */
const DISK_NEEDED = 4 * 2 ** 30;

/**
 * Builds a Go part once.
 * @throws {ToolchainUnavailable} when the build fails or the disk is too full for it
 */
export async function buildGoPart(name: GoPartName, resolution: Resolution): Promise<ResolvedPart> {
  const part = GO_PARTS[name];
  const folder = join(MODULES, part.module);
  const target = { GOOS: resolution.host.platform, GOARCH: goArch(resolution.host) };
  const ldflags = part.ldflags
    .replaceAll('$GOOS', target.GOOS)
    .replaceAll('$GOARCH', target.GOARCH);
  const entry: CacheEntry = {
    part: name,
    version: part.version,
    recipe: [
      `part=${name}`,
      `version=${part.version}`,
      `package=${part.package}`,
      `ldflags=${ldflags}`,
      `go=CGO_ENABLED=0 GOOS=${target.GOOS} GOARCH=${target.GOARCH} -trimpath -buildvcs=false`,
      ...(await checksums(folder, ['go.mod', 'go.sum', ...(part.sources ?? [])])),
    ],
    file: name,
    mode: 0o755,
  };
  const present = await readCached(resolution.cacheRoot, entry);
  if (present !== undefined && present !== 'damaged') return present;
  const make = async (temporary: string): Promise<void> => {
    const what = `${name} ${part.version}`;
    await requireDisk(resolution.cacheRoot, what);
    const go = await findGo(resolution);
    const { expectedSeconds } = part;
    await withProgress(
      resolution.onProgress,
      { subject: name, doing: 'building', did: 'built', what, expectedSeconds },
      () =>
        runGo(resolution, go, what, {
          cwd: folder,
          temporary,
          env: target,
          args: [
            ...['build', '-mod=readonly', '-trimpath', '-buildvcs=false'],
            ...['-ldflags', ldflags, '-o', join(temporary, name), part.package],
          ],
        }),
    );
  };
  return resolution.inBuildLane(() => makePart(entry, resolution, make));
}

/** Copies a file out of a Go module's sources once, so that a warm cache needs no go command. */
export async function copyModuleFile(
  name: ModuleFilePartName,
  resolution: Resolution,
): Promise<ResolvedPart> {
  const part = MODULE_FILE_PARTS[name];
  const folder = join(MODULES, part.module);
  const entry: CacheEntry = {
    part: name,
    version: part.version,
    recipe: [
      `file=${part.modulePath}/${part.file}`,
      ...(await checksums(folder, ['go.mod', 'go.sum'])),
    ],
    file: name,
    mode: 0o644,
  };
  const make = async (temporary: string): Promise<void> => {
    const go = await findGo(resolution);
    const args = ['mod', 'download', '-json', part.modulePath];
    const { stdout } = await runGo(resolution, go, name, { cwd: folder, temporary, env: {}, args });
    const { Dir: sources } = JSON.parse(stdout) as { Dir: string };
    await copyFile(join(sources, part.file), join(temporary, name));
  };
  return makePart(entry, resolution, make);
}

interface GoInvocation {
  cwd: string;
  temporary: string;
  env: Record<string, string>;
  args: string[];
}

/** GOTMPDIR inside the folder being made: what a killed build leaves goes with it. */
async function runGo(
  resolution: Resolution,
  go: string,
  what: string,
  call: GoInvocation,
): Promise<{ stdout: string }> {
  const settings = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOTOOLCHAIN: 'auto' };
  try {
    return await resolution.run('nice', [go, ...call.args], {
      cwd: call.cwd,
      env: { ...resolution.env, ...settings, GOTMPDIR: call.temporary, ...call.env },
      timeoutMs: BUILD_LIMIT_MS,
      signal: resolution.signal,
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new ToolchainUnavailable(
      `building ${what} failed: ${error.message}\n${error.tail()}`,
      'see that the Go module proxy can be reached (go env GOPROXY) and run the command again; finished parts are kept',
      { cause: error },
    );
  }
}

async function checksums(folder: string, files: readonly string[]): Promise<string[]> {
  return Promise.all(
    files.map(async (file) => {
      const content = await readFile(join(folder, file)).catch(() => undefined);
      return `${file}=${content === undefined ? '-' : sha256Of(content)}`;
    }),
  );
}

async function requireDisk(cacheRoot: string, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(cacheRoot);
  if (bavail * bsize >= DISK_NEEDED) return;
  const free = (bavail * bsize * 2 ** -30).toFixed(1);
  throw new ToolchainUnavailable(
    `building ${what} needs about ${DISK_NEEDED * 2 ** -30} GB, and ${cacheRoot} has ${free} GB free`,
    'free some space, or set MESHWRIGHT_CACHE to a folder on a larger disk',
  );
}
