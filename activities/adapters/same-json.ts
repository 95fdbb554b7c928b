import { canonicalJson } from '../../mesh/canonical-json.ts';

/** Whether two JSON values are equal, whatever the order of keys. (node's isDeepStrictEqual tells realms apart.) */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return canonicalJson(a) === canonicalJson(b);
}
