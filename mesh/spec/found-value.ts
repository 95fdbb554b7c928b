import type { SpecPath } from './spec-problem.ts';
import { quote } from './text-checks.ts';

/** Says what a value is in a message: the value itself where it is short. */
export function describeValue(value: unknown): string {
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return quote(value);
  return String(value);
}

/** Value at a path; undefined where nothing stands. */
export function valueAt(value: unknown, path: SpecPath): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part))
      return undefined;
    found = (found as { [key: string]: unknown })[part];
  }
  return found;
}
