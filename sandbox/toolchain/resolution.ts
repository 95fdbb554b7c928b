import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RunCommand } from './command.ts';
import type { HostFacts } from './host.ts';
import type { PartName, ResolvedPart } from './parts.ts';
import type { ProgressListener } from './progress.ts';

/** What every way of getting a part works with during one resolution. */
export interface Resolution {
  /** The caller's environment: overrides, PATH, GOPROXY, PIP_INDEX_URL, … */
  env: NodeJS.ProcessEnv;
  /** Root folder of the cache. */
  cacheRoot: string;
  /** Facts of the machine. */
  host: HostFacts;
  /** Runs commands. */
  run: RunCommand;
  /** Receives progress. */
  onProgress: ProgressListener;
  /** Ends the resolution early. */
  signal: AbortSignal;
  /** Resolves another part in the same resolution; asked twice, it is resolved once. */
  part(name: PartName): Promise<ResolvedPart>;
  /** Runs a Go build when it is its turn. */
  inBuildLane<T>(build: () => Promise<T>): Promise<T>;
}

/** Names the cache folder: `$MESHWRIGHT_CACHE`, else `~/.cache/meshwright`. */
export function cacheRootOf(env: NodeJS.ProcessEnv): string {
  return env['MESHWRIGHT_CACHE'] || join(env['HOME'] || homedir(), '.cache', 'meshwright');
}
