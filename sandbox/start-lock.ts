import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { UsageError } from './usage-error.ts';

/**
 * Keeps two starts in one directory apart. A lock whose holder died counts for nothing.
 *
 * @returns releases the lock
 * @throws {UsageError} when another process is starting a sandbox there
 */
export function lockStart(dir: string): () => void {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'starting.lock');
  const holder = readHolder(path);
  if (holder !== undefined && isAlive(holder)) {
    throw new UsageError(
      `process ${holder.pid} is starting a sandbox in ${dir}; wait for it, or choose another --dir`,
    );
  }
  rmSync(path, { force: true });
  try {
    writeFileSync(path, JSON.stringify(identifyProcess(process.pid)), { flag: 'wx' });
  } catch {
    throw new UsageError(`a sandbox is being started in ${dir} right now; try again`);
  }
  return () => rmSync(path, { force: true });
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
