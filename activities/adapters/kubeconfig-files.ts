import { open, stat } from 'node:fs/promises';
import { MeshFailure } from '../../mesh/failure.ts';

/** Largest kubeconfig that is read, in bytes; real ones have some kilobytes a cluster. */
export const KUBECONFIG_LIMIT_BYTES = 1024 * 1024;

/** A file with the identity of its content, to notice changes without reading it again. */
export type ReadFile = {
  /** Path it was read from. */
  path: string;
  /** Content. */
  text: string;
};

/**
 * Identity of the content of several files: a change of any, also by renaming another file into place (as projected
 * Secrets and `kubectl config` do), changes it. Missing files count as such.
 */
export async function stampOf(paths: string[]): Promise<string> {
  const stamps = await Promise.all(
    paths.map((path) =>
      stat(path, { bigint: true }).then(
        (file) => `${file.ino}/${file.size}/${file.mtimeNs}/${file.ctimeNs}`,
        () => 'missing',
      ),
    ),
  );
  return stamps.join(' ');
}

/**
 * Reads a file that may not exist; null when it does not.
 * @throws MeshFailure CredentialRefused when it is too big or cannot be read.
 */
export async function readBounded(path: string, limitBytes: number): Promise<ReadFile | null> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > limitBytes) {
        throw new MeshFailure(
          'CredentialRefused',
          `${path}: ${size} bytes are more than the ${limitBytes} that are read`,
          {
            cure: 'split it, or name a smaller file in KUBECONFIG',
          },
        );
      }
      return { path, text: await handle.readFile('utf8') };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === undefined) throw error;
    throw new MeshFailure('CredentialRefused', `${path}: cannot be read (${code})`, {
      cure: 'make the file readable for the user the worker runs as',
    });
  }
}
