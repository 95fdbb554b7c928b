import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The temporary folder of a run of tests, with a keeper beside the run that outlives it. */
export type RunFolder = {
  /** Its path; short, see `file-folder-environment.cjs`. */
  path: string;
  /** Removes it after a run; answers what still lived in it and had to be ended, a line each. */
  close(): Promise<string[]>;
  /** Removes it in the middle of a run, and ends everything that lives in it. */
  abandon(): Promise<void>;
};

const KEEPER = fileURLToPath(new URL('./keep-run-folder.ts', import.meta.url));

/** Word by which the keeper is told that the run has ended by itself. */
export const OVER = 'over';

/**
 * Makes the folder and starts its keeper, which removes it as soon as the pipe between them ends: the kernel ends that however this process dies. What
 * is sent to this process's group, by a terminal or by `timeout`, does not reach the keeper.
 */
export async function openRunFolder(): Promise<RunFolder> {
  const path = await mkdtemp(join(tmpdir(), 'mw-'));
  const keeper = spawn(process.execPath, [KEEPER, path], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = text(keeper.stdout);
  const ended = once(keeper, 'close');
  return {
    path,
    async close() {
      keeper.stdin.end(OVER);
      await ended;
      return (await said).split('\n').filter((line) => line !== '');
    },
    async abandon() {
      keeper.stdin.end();
      await ended;
    },
  };
}
