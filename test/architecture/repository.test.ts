import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readText, repositoryPaths, ROOT } from './repository.ts';

type Lock = { packages: { [path: string]: { version?: string; resolved?: string } } };

const lock = JSON.parse(readText('package-lock.json')) as Lock;
const manifest = JSON.parse(readText('package.json')) as {
  scripts: { [name: string]: string };
  bin: { [name: string]: string };
};

/** Text files under version control; sums and histories hold long lines of no interest here. */
const textFiles = repositoryPaths().filter(
  (path) => !/go\.sum$|^test\/replay\/histories\/|\.(png|tar|gz)$/.test(path),
);

/** `path:line` of every line that matches. */
function linesLike(pattern: RegExp, paths: string[]): string[] {
  return paths.flatMap((path) =>
    readText(path)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 80)}`] : [],
      ),
  );
}

describe('the repository', () => {
  test('has one protobufjs for Temporal, an 8.x at the root: with a second copy, replay of JSON histories dies', () => {
    const copies = Object.keys(lock.packages).filter((path) =>
      /(^|\/)node_modules\/protobufjs$/.test(path),
    );
    expect(lock.packages['node_modules/protobufjs']?.version).toMatch(/^8\./);
    expect(copies.filter((path) => path.includes('@temporalio'))).toEqual([]);
  });

  test('keeps every package of Temporal at one version', () => {
    const names = ['activity', 'client', 'common', 'envconfig', 'testing', 'worker', 'workflow'];
    const versions = new Set(
      names.map((name) => lock.packages[`node_modules/@temporalio/${name}`]?.version),
    );
    expect([...versions]).toHaveLength(1);
  });

  test('names no registry in its lockfile, so that it installs from any mirror', () => {
    expect(
      Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined),
    ).toEqual([]);
    expect(linesLike(/https?:\/\/registry\./, ['package-lock.json', '.npmrc'])).toEqual([]);
  });

  test('names no path of the machine it was written on', () => {
    const here = new RegExp([['/wo', 'rk/'].join(''), ['/root', '/'].join('')].join('|'));
    expect(linesLike(here, textFiles)).toEqual([]);
    expect(here.test(['cd /wo', 'rk/main'].join(''))).toBe(true);
  });

  test('has the programs that its package offers', () => {
    for (const path of Object.values(manifest.bin)) expect(existsSync(join(ROOT, path))).toBe(true);
    const scripts = Object.values(manifest.scripts).flatMap((script) =>
      [...script.matchAll(/node (\S+\.ts)/g)].map(([, path = '']) => path),
    );
    expect(scripts.length).toBeGreaterThan(5);
    for (const path of scripts)
      expect({ path, exists: existsSync(join(ROOT, path)) }).toEqual({ path, exists: true });
  });
});
