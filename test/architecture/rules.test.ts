import { describe, expect, test } from '@jest/globals';
import { CODE_RULES } from './code-rules.ts';
import { FILE_RULES } from './file-rules.ts';
import { IMPORT_RULES } from './import-rules.ts';
import { PACKAGE_RULES } from './package-rules.ts';
import { readSources, readText } from './repository.ts';
import { parseSource } from './source-file.ts';
import { TEST_RULES } from './test-rules.ts';

const files = readSources();
const rules = [...IMPORT_RULES, ...CODE_RULES, ...FILE_RULES, ...PACKAGE_RULES, ...TEST_RULES];
const byRule = rules.map((rule) => [`[${rule.id}] ${rule.says}`, rule] as const);

describe('the rules of the house', () => {
  test.each(byRule)('%s', (_says, rule) => {
    expect(rule.broken(files)).toEqual([]);
  });

  test.each(byRule)('a planted violation goes red: %s', (_says, rule) => {
    expect(rule.planted.length).toBeGreaterThan(0);
    const before = rule.broken(files);
    for (const { path, text } of rule.planted) {
      const planted = [...files.filter((file) => file.path !== path), parseSource(path, text)];
      const seen = rule.broken(planted).filter((place) => !before.includes(place));
      expect({ path, text: text.slice(0, 60), seen: seen.length }).toMatchObject({
        seen: expect.any(Number),
      });
      expect(seen.join('\n')).toContain(path === 'workflows/index.ts' ? 'workflow bundle' : path);
    }
  });

  test('every rule is explained in CONTRIBUTING.md under its number, and no other number is', () => {
    const explained = [...readText('CONTRIBUTING.md').matchAll(/^### (R\d+) /gm)].map(
      ([, id]) => id,
    );
    expect(explained).toEqual(rules.map(({ id }) => id));
  });

  test('all sources are looked at', () => {
    const folders = new Set(files.map(({ path }) => path.split('/')[0]));
    expect([...folders].sort()).toEqual(
      expect.arrayContaining([
        'activities',
        'bin',
        'client',
        'codec',
        'contract',
        'mesh',
        'sandbox',
        'test',
        'worker',
        'workflows',
      ]),
    );
    expect(files.find(({ path }) => path === 'worker/cli.ts')?.imports.length).toBeGreaterThan(3);
  });
});
