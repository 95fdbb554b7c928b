import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { superviseProcess } from '../../../worker/supervised-process.ts';
import type { Supervised } from '../../../worker/supervised-process.ts';

/** Says its process id, and ends when told to, slowly if it must. */
const TALKER =
  "process.send(process.pid); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);";
const STUBBORN =
  "process.send(process.pid); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a supervised program', () => {
  let folder: string;
  let supervised: Supervised | undefined;
  const seen = new EventEmitter();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'supervised-'));
  });
  afterEach(async () => {
    await supervised?.stop();
    supervised = undefined;
    seen.removeAllListeners();
  });

  async function start(script: string, stopWithinMs = 5_000): Promise<number> {
    const started = once(seen, 'pid') as Promise<[number]>;
    supervised = superviseProcess(
      {
        command: [process.execPath, '-e', script],
        env: process.env,
        ipc: true,
        logFile: join(folder, 'log'),
        stopWithinMs,
      },
      {
        onUnexpectedEnd: (how) => void seen.emit('end', how),
        onMessage: (pid) => void seen.emit('pid', pid),
      },
    );
    return (await started)[0];
  }

  test('runs again after SIGKILL, and says how it ended', async () => {
    const first = await start(TALKER);
    const ended = once(seen, 'end');
    const again = once(seen, 'pid');
    process.kill(first, 'SIGKILL');
    expect(await ended).toEqual(['was killed by SIGKILL']);
    const [second] = await again;
    expect(second).not.toBe(first);
  });

  test('is gone for good when it is stopped', async () => {
    const pid = await start(TALKER);
    let ends = 0;
    seen.on('end', () => (ends += 1));
    await supervised?.stop();
    expect(isAlive(pid)).toBe(false);
    expect(ends).toBe(0);
  });

  test('is killed when it ignores the request to end', async () => {
    const pid = await start(STUBBORN, 100);
    await supervised?.stop();
    expect(isAlive(pid)).toBe(false);
  });

  test('that cannot be started says so and is tried again', async () => {
    const twice = new Promise<string[]>((resolve) => {
      const said: string[] = [];
      seen.on('end', (how: string) => {
        if (said.push(how) === 2) resolve(said);
      });
    });
    supervised = superviseProcess(
      {
        command: [join(folder, 'nothing-here')],
        env: process.env,
        ipc: false,
        logFile: join(folder, 'log'),
        stopWithinMs: 100,
      },
      { onUnexpectedEnd: (how) => void seen.emit('end', how) },
    );
    expect((await twice)[0]).toMatch(/cannot be started: .*nothing-here ENOENT/);
  });

  test('writes to a log that only its owner can read', async () => {
    await start(`console.log('hello'); ${TALKER}`);
    await supervised?.stop();
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('hello\n');
  });
});
