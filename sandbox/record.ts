import { readFileSync, writeFileSync } from 'node:fs';
import type { Layout } from './layout.ts';
import { isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { ClusterShape } from './shape.ts';

/** What a sandbox writes down about itself, so that others find it and can end it. */
export interface SandboxRecord {
  /** Eight hexadecimal digits. */
  readonly id: string;
  /** The process outside the namespaces. */
  readonly supervisor: ProcessIdentity;
  /** The process whose death ends everything inside the namespaces; absent at the very start. */
  readonly holder?: ProcessIdentity;
  /** What it consists of. */
  readonly clusters: readonly ClusterShape[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** Reads the record of a directory; undefined when no sandbox was started there. */
export function readRecord(layout: Layout): SandboxRecord | undefined {
  try {
    return JSON.parse(readFileSync(layout.record, 'utf8')) as SandboxRecord;
  } catch {
    return undefined;
  }
}

/** Writes the record; `first` refuses to replace one. @throws {Error} code EEXIST */
export function writeRecord(layout: Layout, record: SandboxRecord, first = false): void {
  const flag = first ? 'wx' : 'w';
  writeFileSync(layout.record, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flag });
}

/** Whether anything of the recorded sandbox still runs. */
export function isRunning(record: SandboxRecord): boolean {
  return isAlive(record.supervisor) || (record.holder !== undefined && isAlive(record.holder));
}
