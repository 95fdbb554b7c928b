import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { startInterruptedRun } from '../support/interrupted-run.ts';
import { openRunFolder } from '../support/run-folder.ts';

let started: ChildProcess | undefined;

afterEach(() => {
  started?.kill('SIGKILL');
  started = undefined;
});

test.each([
  ['terminated with everything in its group, as timeout does', 'SIGTERM', 'group'],
  ['terminated alone', 'SIGTERM', 'runner'],
  ['interrupted with everything in its group, as a terminal does', 'SIGINT', 'group'],
  ['killed', 'SIGKILL', 'runner'],
] as const)('a run that is %s leaves neither a process nor a file', async (_how, signal, whom) => {
  const file = 'test/integration/cluster-watch.test.ts';
  const run = await startInterruptedRun('integration', file, 'kube-apiserver');
  started = run.runner;
  expect(await run.endBy(signal, whom)).toEqual([]);
});

test('a run that ends by itself says what its tests left running, and ends that', async () => {
  const folder = await openRunFolder();
  const env = { ...process.env, TMPDIR: join(folder.path, 'f') };
  const left = spawn('sleep', ['1000'], { env, stdio: 'ignore' });
  started = left;
  writeFileSync(join(folder.path, 'file'), '');
  const ended = once(left, 'exit');
  expect(await folder.close()).toEqual([`process ${left.pid}: sleep 1000`]);
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(existsSync(folder.path)).toBe(false);
});
