import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { sha256Of, sha256OfFile } from '../checksum.ts';
import type { Resolution } from '../resolution.ts';
import { sharedLibraries } from './shared-libraries.ts';
import { fileOf } from './docker-archive.ts';
import type { TarEntry } from './tar.ts';

/** Folders that are links into /usr, as on every current distribution. */
const MERGED = /^(?:usr\/)?(bin|sbin|lib|lib64)\//;

/** The user that Istio's images run as. */
const ISTIO_PROXY = 1337;

/**
 * A root file system in the making. Programs bring the shared libraries they need; folders come by themselves.
 */
export interface RootFilesystem {
  /** Adds a program or library of this machine, and what it needs. */
  addProgram(source: string, path: string, sha256?: string): Promise<void>;
  /** Adds a file of this machine. */
  addFile(source: string, path: string, mode: number, sha256?: string): Promise<void>;
  /** Adds a file with this text. */
  addText(path: string, text: string, mode?: number): void;
  /** Adds a symbolic link. */
  addLink(path: string, target: string): void;
  /** Adds a directory. */
  addDirectory(path: string, mode: number): void;
  /** Everything added so far, folders included, sorted by path. */
  entries(): TarEntry[];
  /** One line for each entry: all that decides the image's content. */
  recipe(): string[];
}

/** Begins a root file system with the links into /usr, /tmp, users and groups. */
export function createRootFilesystem(
  resolution: Pick<Resolution, 'run' | 'env' | 'signal'>,
): RootFilesystem {
  const entries = new Map<string, TarEntry>();
  const checksums = new Map<string, string>();

  const put = (entry: TarEntry, sha256 = ''): void => {
    const path = posix.normalize(entry.path).replace(/^\/+/, '').replace(MERGED, 'usr/$1/');
    const parent = posix.dirname(path);
    if (parent !== '.' && !entries.has(parent)) addDirectory(parent, 0o755);
    entries.set(path, { ...entry, path });
    checksums.set(path, sha256);
  };
  const addDirectory = (path: string, mode: number): void => put({ kind: 'directory', path, mode });
  const addLink = (path: string, target: string): void => put({ kind: 'symlink', path, target });
  const addText = (path: string, text: string, mode = 0o644): void => {
    const content = Buffer.from(text);
    put(fileOf(path, content, mode), sha256Of(content));
  };
  const addFile = async (
    source: string,
    path: string,
    mode: number,
    sha256?: string,
  ): Promise<void> => {
    const real = await realpath(source);
    const { size } = await stat(real);
    const read = (): AsyncIterable<Uint8Array> =>
      createReadStream(real, { highWaterMark: 1 << 20 });
    put({ kind: 'file', path, mode, size, read }, sha256 ?? (await sha256OfFile(real)));
  };
  const addProgram = async (source: string, path: string, sha256?: string): Promise<void> => {
    await addFile(source, path, 0o755, sha256);
    for (const library of await sharedLibraries(await realpath(source), resolution)) {
      await addFile(library, library, 0o755);
    }
  };

  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) {
    addDirectory(`usr/${folder}`, 0o755);
    addLink(folder, `usr/${folder}`);
  }
  addDirectory('tmp', 0o1777);
  addText(
    'etc/passwd',
    `root:x:0:0:root:/:/bin/sh\nistio-proxy:x:${ISTIO_PROXY}:${ISTIO_PROXY}::/tmp:/bin/sh\n`,
  );
  addText('etc/group', `root:x:0:\nistio-proxy:x:${ISTIO_PROXY}:\n`);
  addText('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');

  const sorted = (): TarEntry[] => [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    addProgram,
    addFile,
    addText,
    addLink,
    addDirectory,
    entries: sorted,
    recipe: () => sorted().map((entry) => describe(entry, checksums.get(entry.path) ?? '')),
  };
}

function describe(entry: TarEntry, sha256: string): string {
  if (entry.kind === 'symlink') return `${entry.path} -> ${entry.target}`;
  return `${entry.path} ${entry.kind} ${entry.mode.toString(8)} ${sha256}`;
}
