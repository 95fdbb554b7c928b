/**
 * Program: waits for the end of a run of tests, however it ends, and leaves nothing of it: no process that lives in the run's temporary folder, no
 * sandbox, no file. Says what a run that ended by itself had left running.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { takeDown } from '../../sandbox/sandbox.ts';
import { OVER } from './run-folder.ts';
import { processesIn, type SeenProcess } from './seen-processes.ts';

/** Time for what ends with the tests to be gone, in milliseconds. */
const GRACE_MS = 10_000;
/** Time for what is killed to be gone, in milliseconds. */
const END_MS = 60_000;
/** Folders between the run's and a sandbox's own: of the test file, and of the test. */
const DEPTH = 3;

const folder = process.argv[2] ?? '';
if ((await text(process.stdin)) === OVER) {
  for (const { pid, command } of await leftAfter(GRACE_MS, async () => undefined))
    process.stdout.write(`process ${pid}: ${command.slice(0, 200)}\n`);
}
await leftAfter(END_MS, async (left) => {
  for (const { pid } of left) kill(pid);
});
for (const dir of await sandboxes(folder, DEPTH)) await takeDown(dir);
await rm(folder, { recursive: true, force: true, maxRetries: 5 });

/** Processes that live in the folder when the time has passed; none as soon as there are none. */
async function leftAfter(
  limitMs: number,
  act: (left: SeenProcess[]) => Promise<void>,
): Promise<SeenProcess[]> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const left = await processesIn(folder);
    if (left.length === 0 || Date.now() > deadline) return left;
    await act(left);
    await pause(50);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Directories of sandboxes, whose records are there as long as something of them is. */
async function sandboxes(dir: string, depth: number): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'sandbox.json')) return [dir];
  const inner = entries.filter((entry) => entry.isDirectory() && depth > 0);
  const found = await Promise.all(inner.map(({ name }) => sandboxes(join(dir, name), depth - 1)));
  return found.flat();
}
