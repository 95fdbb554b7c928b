import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitCondition } from '../../sandbox/await-condition.ts';
import { processesIn } from './seen-processes.ts';

/** Time for a server to start on a busy machine, in milliseconds. */
const START_MS = 120_000;
/** Time for everything to be gone, in milliseconds. */
const END_MS = 40_000;

/** A run of the tests of one file, which a signal is about to end. */
export type InterruptedRun = {
  /** The process that runs the tests, in a group of its own, as `timeout` starts it. */
  runner: ChildProcess;
  /** Sends a signal to the runner, or to everything in its group, and answers what is left a little later: processes and files. */
  endBy(signal: NodeJS.Signals, whom: 'runner' | 'group'): Promise<string[]>;
};

/** Starts a run of a file of a project, which says nothing, and waits until a server runs in it. */
export async function startInterruptedRun(
  project: string,
  file: string,
  server: string,
): Promise<InterruptedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'r-'));
  const runner = spawn(process.execPath, ['test/run.ts', project, file], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { ...process.env, TMPDIR: folder },
    detached: true,
    stdio: 'ignore',
  });
  const left = async (): Promise<string[]> => [
    ...(await processesIn(folder)).map(({ pid, command }) => `process ${pid} ${command}`),
    ...readdirSync(folder),
  ];
  const isUp = async (): Promise<boolean> =>
    (await processesIn(folder)).some(({ command }) =>
      command.split(' ', 1)[0]?.endsWith(`/${server}`),
    );
  await awaitCondition(server, isUp, START_MS);
  return {
    runner,
    async endBy(signal, whom) {
      const ended = once(runner, 'exit');
      const pid = runner.pid as number;
      process.kill(whom === 'group' ? -pid : pid, signal);
      await ended;
      const isOver = async (): Promise<boolean> => (await left()).length === 0;
      await awaitCondition('nothing', isOver, END_MS).catch(() => undefined);
      return left();
    },
  };
}
