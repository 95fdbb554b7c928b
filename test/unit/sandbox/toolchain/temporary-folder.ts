import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'toolchain-'));
}
