import { randomFrom } from '../seeded-random.ts';
import { canSuffer, type FaultKind, type ProxiedRequest } from './fault-kinds.ts';

/** Chooses what happens to a request; null lets it pass. */
export type FaultSource = (request: ProxiedRequest) => FaultKind | null;

/** How likely each fault is for a request that can suffer it, from 0 to 1. */
export type FaultChances = { [kind in FaultKind]?: number };

/**
 * Faults that depend on the seed and on the request (method, path, how many like it came before), not on which of several requests
 * at once came first: the same seed does the same to the same run.
 */
export function faultsBySeed(seed: string, chances: FaultChances): FaultSource {
  return (request) => {
    const random = randomFrom(`${seed} ${request.method} ${request.path} ${request.before}`);
    for (const [kind, chance] of Object.entries(chances) as [FaultKind, number][]) {
      if (random() < chance && canSuffer(kind, request)) return kind;
    }
    return null;
  };
}

/** The same fault for the first `times` requests that match. */
export function faultOn(
  kind: FaultKind,
  matches: (request: ProxiedRequest) => boolean,
  times = 1,
): FaultSource {
  let left = times;
  return (request) => {
    if (left === 0 || !canSuffer(kind, request) || !matches(request)) return null;
    left -= 1;
    return kind;
  };
}
