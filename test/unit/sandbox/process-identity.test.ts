import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { identifyProcess } from '../../../sandbox/process-identity.ts';

/** Writes what the kernel shows of a process with these threads, the first one in a state. */
function procOf(pid: number, state: string, threads: number[]): string {
  const proc = mkdtempSync(join(tmpdir(), 'meshwright-proc-'));
  for (const thread of threads) mkdirSync(join(proc, `${pid}/task/${thread}`), { recursive: true });
  const fields = [state, ...Array.from({ length: 18 }, () => '0'), '4711', '0'];
  writeFileSync(join(proc, `${pid}/stat`), `${pid} (a (strange) name) ${fields.join(' ')}\n`);
  return proc;
}

test('a process is told by its id and its start', () => {
  expect(identifyProcess(70, procOf(70, 'S', [70, 71]))).toEqual({ pid: 70, startTicks: '4711' });
  expect(identifyProcess(process.pid)?.pid).toBe(process.pid);
});

test('a process whose first thread has ended runs until the last one has, for it keeps its ports', () => {
  expect(identifyProcess(70, procOf(70, 'Z', [70, 71]))).toBeDefined();
  expect(identifyProcess(70, procOf(70, 'Z', [70]))).toBeUndefined();
  expect(identifyProcess(70, procOf(71, 'S', [71]))).toBeUndefined();
});
