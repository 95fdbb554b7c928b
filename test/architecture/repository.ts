import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSource } from './source-file.ts';
import type { SourceFile } from './source-file.ts';

/** Root of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Paths of all files under version control, and of new ones that are not ignored. */
export function repositoryPaths(): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

/** Text of a file. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Every TypeScript file, parsed. */
export function readSources(): SourceFile[] {
  return repositoryPaths()
    .filter((path) => path.endsWith('.ts'))
    .map((path) => parseSource(path, readText(path)));
}
