import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readSources, readText, ROOT } from './repository.ts';
import { PRODUCT } from './rule.ts';

const page = readText('ARCHITECTURE.md');
const files = readSources();

/** Rows of the table of folders: name, and the folders it imports. */
const rows = [...page.matchAll(/^\| `(\w+)\/` \|.*\| ([^|]+) \|$/gm)].map(
  ([, folder = '', imports = '']) => ({
    folder,
    imports: imports.trim() === '–' ? [] : imports.trim().split(', ').sort(),
  }),
);

/** Folders whose files a folder imports, types included. */
function importsOf(folder: string): string[] {
  const targets = files
    .filter(({ path }) => path.startsWith(`${folder}/`))
    .flatMap(({ imports }) =>
      imports.filter(({ ours }) => ours).map(({ target }) => target.split('/')[0] ?? ''),
    );
  return [...new Set(targets)]
    .filter((target) => target !== folder && target !== 'package.json')
    .sort();
}

describe('ARCHITECTURE.md', () => {
  test('lists every folder of the product', () => {
    expect(rows.map(({ folder }) => folder)).toEqual(PRODUCT);
  });

  test.each(rows)('says what $folder/ imports', ({ folder, imports }) => {
    expect(importsOf(folder)).toEqual(imports);
  });

  test('names files and folders that are there', () => {
    const named = [...page.matchAll(/`([\w./-]+(?:\.ts|\.yml|\/))`/g)].map(([, path = '']) => path);
    // a name alone, or a folder below the row's own, is found anywhere
    const isThere = (path: string): boolean =>
      existsSync(join(ROOT, path)) || files.some((file) => `/${file.path}`.includes(`/${path}`));
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  test('stays one page', () => {
    expect(page.split('\n').length).toBeLessThan(80);
  });
});
