/** One thing in a tar. Everything belongs to root and is dated 1970, so that equal contents make equal tars. */
export type TarEntry = TarDirectory | TarSymlink | TarFile;

/** A directory. */
export interface TarDirectory {
  kind: 'directory';
  /** Path without a leading or trailing slash. */
  path: string;
  /** Permission bits. */
  mode: number;
}

/** A symbolic link. */
export interface TarSymlink {
  kind: 'symlink';
  /** Path without a leading slash. */
  path: string;
  /** What it points to. */
  target: string;
}

/** A regular file. */
export interface TarFile {
  kind: 'file';
  /** Path without a leading slash. */
  path: string;
  /** Permission bits. */
  mode: number;
  /** Length of the content in bytes. */
  size: number;
  /** Reads the content. */
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const BLOCK = 512;

/** Largest size that fits the eleven octal digits of a header: 8 GiB. */
const LARGEST = 0o77777777777;

/** Computes the length in bytes of the tar that holds these entries. */
export function tarSize(entries: readonly TarEntry[]): number {
  const content = entries.map((entry) => (entry.kind === 'file' ? padded(entry.size) : 0));
  return content.reduce((sum, size) => sum + BLOCK + size, 2 * BLOCK);
}

/**
 * Writes entries as a POSIX ustar, in the order given. An entry is asked for when those before it are written.
 * @throws {Error} when a path is too long for ustar or a content is not as long as it said
 */
export async function* writeTar(entries: Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield header(entry);
    if (entry.kind !== 'file') continue;
    let written = 0;
    for await (const chunk of entry.read()) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== entry.size) {
      throw new Error(`${entry.path} has ${written} bytes instead of ${entry.size}`);
    }
    yield new Uint8Array(padded(entry.size) - entry.size);
  }
  yield new Uint8Array(2 * BLOCK);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

const TYPE_FLAGS = { file: '0', symlink: '2', directory: '5' } as const;

function header(entry: TarEntry): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const size = entry.kind === 'file' ? entry.size : 0;
  if (size > LARGEST) throw new Error(`${entry.path} is too large for a tar: ${size} bytes`);
  const { prefix, name } = splitPath(entry.kind === 'directory' ? `${entry.path}/` : entry.path);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  block.write(name, 0);
  block.write(octal(entry.kind === 'symlink' ? 0o777 : entry.mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(TYPE_FLAGS[entry.kind], 156);
  if (entry.kind === 'symlink') {
    if (Buffer.byteLength(entry.target) > 100) throw new Error(`${entry.path} points too far`);
    block.write(entry.target, 157);
  }
  block.write('ustar\u000000', 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\u0000 `, 148);
  return block;
}

/** ustar keeps 100 bytes of name and 155 of prefix, split at a slash. */
function splitPath(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const prefix = path.slice(0, slash);
    const name = path.slice(slash + 1);
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) {
      return { prefix, name };
    }
  }
  throw new Error(`${path} is too long for a tar`);
}
