import { describe, expect, test } from '@jest/globals';
import { readText, repositoryPaths } from './repository.ts';

const page = readText('docs/faults.md');
const paths = repositoryPaths();
const named = new Set(page.match(/test\/[\w/-]+\.test\.ts/g));

/** What all others are measured by. */
const MEASURE = 'test/faults/kubernetes-undisturbed.test.ts';

describe('docs/faults.md', () => {
  test('names tests that are there', () => {
    expect(named.size).toBeGreaterThan(20);
    expect([...named].filter((path) => !paths.includes(path))).toEqual([]);
  });

  test('names every test of test/faults', () => {
    const faults = paths.filter((path) => path.startsWith('test/faults/') && path !== MEASURE);
    expect(faults.filter((path) => !named.has(path))).toEqual([]);
  });
});
