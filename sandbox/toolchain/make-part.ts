import { ensureCached } from './part-cache.ts';
import type { CacheEntry } from './part-cache.ts';
import type { ResolvedPart } from './parts.ts';
import type { Resolution } from './resolution.ts';

/**
 * Takes a part from the resolution's cache, or has it made there and tells about waiting and damage.
 */
export function makePart(
  entry: CacheEntry,
  resolution: Resolution,
  make: (folder: string) => Promise<void>,
): Promise<ResolvedPart> {
  const { part } = entry;
  const tell = (phase: 'waiting' | 'damaged', text: string): void =>
    resolution.onProgress({ subject: part, phase, text, elapsedMs: 0, verbose: false });
  return ensureCached(resolution.cacheRoot, entry, {
    make,
    signal: resolution.signal,
    onWait: () => tell('waiting', `waiting for another run that is making ${part}`),
    onDamage: (path) => tell('damaged', `${path} is damaged, making ${part} again`),
  });
}
