import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runProcess } from '../../../../activities/adapters/run-process.ts';

const env = { PATH: '/usr/bin:/bin' };
const limits = { env, limitMs: 30_000, outputLimitBytes: 1_000 };

test('answers output, exit code and the end of standard error', async () => {
  const script = 'cat; echo "$HOME" >&2; exit 3';
  const result = await runProcess('sh', ['-c', script], {
    ...limits,
    env: { ...env, HOME: 'x'.repeat(5_000) },
    input: 'in',
  });
  expect(result.exitCode).toBe(3);
  expect(result.stdout).toBe('in');
  expect(result.stderrTail).toHaveLength(4_096);
});

test('too much output ends the process', async () => {
  await expect(runProcess('sh', ['-c', 'yes'], limits)).rejects.toMatchObject({ why: 'output' });
});

test('a limit that passes ends the process', async () => {
  await expect(
    runProcess('sh', ['-c', 'sleep 60'], { ...limits, limitMs: 50 }),
  ).rejects.toMatchObject({ why: 'time' });
});

test('a program that is not there cannot be started', async () => {
  const absent = join(mkdtempSync(join(tmpdir(), 'meshwright-process-')), 'absent');
  await expect(runProcess(absent, [], limits)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('cancellation kills the whole process group', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'meshwright-process-')), 'pid');
  const controller = new AbortController();
  const running = runProcess(
    'sh',
    ['-c', `sleep 60 & echo $! > ${file}.new; mv ${file}.new ${file}; wait`],
    { ...limits, signal: controller.signal },
  );
  const pid = await pidIn(file);
  const reason = new Error('cancelled');
  controller.abort(reason);
  await expect(running).rejects.toBe(reason);
  await until(() => !isRunning(pid));
});

function isRunning(pid: number): boolean {
  try {
    // A killed child nobody has waited for yet is still listed, as a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function pidIn(file: string): Promise<number> {
  let pid = 0;
  await until(() => {
    try {
      pid = Number(readFileSync(file, 'utf8'));
    } catch {
      return false;
    }
    return pid > 0;
  });
  return pid;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
