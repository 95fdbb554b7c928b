import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { awaitCondition } from '../../../sandbox/await-condition.ts';
import { endGuarded, hasEnded, spawnGuarded } from '../../support/guarded-process.ts';
import { seenProcesses } from '../../support/seen-processes.ts';

const GUARDS = fileURLToPath(new URL('../../support/guarded-process.ts', import.meta.url));
/** A server that takes its time to end when it is told to. */
const STUBBORN = ['-c', 'trap "" TERM INT; while :; do sleep 1; done'];

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'a server ends with the process that started it, when %s comes to all in their group and the server heeds none',
  async (signal) => {
    const mark = `GUARDED_BY=${process.pid}-${signal}`;
    const program = `import { spawnGuarded } from ${JSON.stringify(GUARDS)};
      spawnGuarded('sh', ${JSON.stringify(STUBBORN)}); setInterval(() => undefined, 1000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { PATH: process.env['PATH'], GUARDED_BY: `${process.pid}-${signal}` },
      detached: true,
      stdio: 'ignore',
    });
    const marked = async (): Promise<string[]> =>
      (await seenProcesses((_command, variables) => variables.includes(mark))).map(
        ({ command }) => command,
      );
    const runs = async (): Promise<boolean> =>
      (await marked()).some((command) => command.startsWith('sleep'));
    await awaitCondition('server', runs, 10_000);
    const gone = once(starter, 'exit');
    process.kill(-(starter.pid as number), signal);
    await gone;
    await awaitCondition('end', async () => (await marked()).length === 0, 10_000);
    expect(await marked()).toEqual([]);
  },
);

test('a guard ends with its server, and kills it when it is told to', async () => {
  const short = spawnGuarded('true', []);
  await once(short, 'exit');
  expect(hasEnded(short)).toBe(true);
  const long = spawnGuarded('sh', STUBBORN);
  expect(hasEnded(long)).toBe(false);
  await endGuarded(long);
  expect(hasEnded(long)).toBe(true);
});
