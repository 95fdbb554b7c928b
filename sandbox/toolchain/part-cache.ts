import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Of, sha256OfFile } from './checksum.ts';
import { acquireFileLock } from './file-lock.ts';
import type { PartName, ResolvedPart } from './parts.ts';

/** What identifies a cached part: the same recipe always means the same content. */
export interface CacheEntry {
  /** The part; also the name of its folder in the cache. */
  part: PartName;
  /** Its version; readable part of the folder name. */
  version: string;
  /** Lines that decide the content: versions, flags, checksums of sources. */
  recipe: readonly string[];
  /** Path of the finished file inside the entry's folder. */
  file: string;
  /** Permission bits of the finished file. */
  mode: number;
}

/** What happens around the making of an entry. */
export interface CacheHooks {
  /** Makes the entry: writes `entry.file` into this empty folder. */
  make(folder: string): Promise<void>;
  /** Another run is making the same part. */
  onWait(): void;
  /** What is in the cache is not what was put there; it is made anew. */
  onDamage(path: string): void;
  /** Stops waiting for another run. */
  signal?: AbortSignal | undefined;
}

/** The part's folder, under which every version of it lives. */
function partFolder(cacheRoot: string, entry: CacheEntry): string {
  return join(cacheRoot, 'parts', entry.part);
}

/** The folder of one version: its name holds a checksum of the recipe. */
function entryFolder(cacheRoot: string, entry: CacheEntry): string {
  const key = sha256Of(entry.recipe.join('\n')).slice(0, 16);
  return join(partFolder(cacheRoot, entry), `${entry.version}-${key}`);
}

function checksumFile(folder: string, entry: CacheEntry): string {
  return join(folder, `${entry.part}.sha256`);
}

/**
 * Reads an entry and compares it with the checksum recorded beside it.
 * Returns undefined when it is not there, `damaged` when it is not what was recorded.
 */
export async function readCached(
  cacheRoot: string,
  entry: CacheEntry,
): Promise<ResolvedPart | 'damaged' | undefined> {
  const folder = entryFolder(cacheRoot, entry);
  const recorded = await readFile(checksumFile(folder, entry), 'utf8').catch(() => undefined);
  const path = join(folder, entry.file);
  const actual = await sha256OfFile(path).catch(() => undefined);
  if (recorded === undefined && actual === undefined) return undefined;
  return recorded?.trim() === actual && actual !== undefined ? { path, sha256: actual } : 'damaged';
}

/**
 * Returns an entry, making it if it is missing or damaged. Only one run makes a part at a time; it is made under a
 * temporary name in the same file system and renamed when it is on disk, so being killed leaves nothing half done.
 */
export async function ensureCached(
  cacheRoot: string,
  entry: CacheEntry,
  hooks: CacheHooks,
): Promise<ResolvedPart> {
  const present = await readCached(cacheRoot, entry);
  if (present !== undefined && present !== 'damaged') return present;
  const parent = partFolder(cacheRoot, entry);
  await mkdir(parent, { recursive: true });
  const lock = await acquireFileLock(join(parent, '.lock'), hooks);
  try {
    return await makeUnlessPresent(cacheRoot, entry, hooks);
  } finally {
    await lock.release();
  }
}

async function makeUnlessPresent(
  cacheRoot: string,
  entry: CacheEntry,
  hooks: CacheHooks,
): Promise<ResolvedPart> {
  const present = await readCached(cacheRoot, entry);
  if (present !== undefined && present !== 'damaged') return present;
  const parent = partFolder(cacheRoot, entry);
  const folder = entryFolder(cacheRoot, entry);
  if (present === 'damaged') hooks.onDamage(join(folder, entry.file));
  await removeLeftovers(parent);
  const temporary = await mkdtemp(join(parent, '.making-'));
  try {
    await chmod(temporary, 0o755);
    await hooks.make(temporary);
    const sha256 = await seal(temporary, entry);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
    await sync(parent);
    return { path: join(folder, entry.file), sha256 };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Folders of runs that were killed: under the lock, nobody alive owns them. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (name.startsWith('.making-')) await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function seal(folder: string, entry: CacheEntry): Promise<string> {
  const made = join(folder, entry.file);
  await chmod(made, entry.mode);
  const sha256 = await sha256OfFile(made);
  await writeFile(checksumFile(folder, entry), `${sha256}\n`);
  for (const path of [made, dirname(made), checksumFile(folder, entry), folder]) await sync(path);
  return sha256;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
