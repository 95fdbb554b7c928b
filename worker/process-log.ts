import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cannotWrite } from './start-failure.ts';

/** A log is put aside as `<file>.1` beyond this size, in bytes, whenever its program starts. */
const PUT_ASIDE_BYTES = 10 * 1024 * 1024;

/**
 * Opens a log for appending, readable by its owner only.
 * @throws {StartFailure} when it cannot be written
 */
export async function openLog(file: string): Promise<FileHandle> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(cannotWrite(dirname(file)));
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size > PUT_ASIDE_BYTES) await rename(file, `${file}.1`);
  const handle = await open(file, 'a', 0o600).catch(cannotWrite(file));
  await chmod(file, 0o600);
  return handle;
}

/** The last lines of a log, for a message that says why a program ended; empty when there is none. */
export async function lastLines(file: string, count: number): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count);
}
