import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const PLAN = new URL('../../../../mesh/plan/', import.meta.url);

test.each(['precheck-steps.ts', 'verify-plan.ts', 'plan-faults.ts'])(
  'mesh/plan/%s, which runs inside the workflow, reaches nothing outside mesh/ by its imports',
  (file) => {
    expect(packagesReachedFrom(new URL(file, PLAN))).toEqual([]);
  },
);

test('the search for packages finds them where they are', () => {
  expect(packagesReachedFrom(new URL('../spec/parse-mesh-file.ts', PLAN))).toEqual(
    expect.arrayContaining(['yaml', 'zod']),
  );
});

/** Packages that a file needs at run time, itself or through what it imports. */
function packagesReachedFrom(start: URL): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file.href)) continue;
    seen.add(file.href);
    const imports = readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)';/gm,
    );
    for (const [, specifier] of imports) {
      if (specifier === undefined) continue;
      if (specifier.startsWith('.')) waiting.push(new URL(specifier, file));
      else packages.add(specifier);
    }
  }
  return [...packages];
}
