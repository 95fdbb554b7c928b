import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Reads a golden text beside the tests. With MESHWRIGHT_UPDATE_GOLDEN=1 it is first written as it is now, which is the only
 * way to change it; a missing one is an error otherwise.
 */
export function goldenText(file: URL, actual: string): string {
  if (process.env['MESHWRIGHT_UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
  return readFileSync(file, 'utf8');
}
