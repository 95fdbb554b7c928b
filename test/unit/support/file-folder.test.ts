import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { expect, test } from '@jest/globals';

/** The folder in which this machine keeps temporary files, as a program finds it that was started with these variables. */
function foundWith(env: NodeJS.ProcessEnv): string {
  return execFileSync(process.execPath, ['-p', 'os.tmpdir()'], { env, encoding: 'utf8' }).trim();
}

test('a test file has a temporary folder of its own, which the programs it starts find too', () => {
  const folder = tmpdir();
  expect(basename(folder)).toMatch(/^f\w{6}$/);
  expect(foundWith(process.env)).toBe(folder);
  expect(readdirSync(folder)).toEqual([]);
});
