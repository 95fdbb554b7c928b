import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openLog } from '../../../worker/process-log.ts';
import { claimServer, lockFileOf, readServer } from '../../../worker/server-lock.ts';

describe('the claim on a database', () => {
  let folder: string;
  let db: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'server-lock-'));
    db = join(folder, 'temporal.db');
  });

  test('a second server on the same database is refused and told where the first one is', async () => {
    const claim = await claimServer(db, '127.0.0.1:1', 'http://127.0.0.1:2');
    await expect(claimServer(db, '127.0.0.1:3', 'http://127.0.0.1:4')).rejects.toThrow(
      new RegExp(`process ${process.pid}, Temporal at 127.0.0.1:1, UI at http://127.0.0.1:2`),
    );
    await claim.release();
    expect(await readServer(db)).toBeUndefined();
  });

  test('where nothing can be written that is said, with the path and the cure', async () => {
    await writeFile(db, 'no folder');
    for (const work of [
      () => claimServer(join(db, 'temporal.db'), '127.0.0.1:1', 'http://127.0.0.1:2'),
      () => openLog(join(db, 'logs', 'server.log')),
    ])
      await expect(work()).rejects.toMatchObject({
        name: 'StartFailure',
        exitCode: 2,
        message: expect.stringMatching(/temporal\.db.* cannot be written: /u),
        cure: expect.stringContaining('MESHWRIGHT_HOME'),
      });
  });

  test('the claim of a killed server is taken over', async () => {
    const dead = spawn('true');
    await once(dead, 'exit');
    await writeFile(
      lockFileOf(db),
      JSON.stringify({ pid: dead.pid, startTicks: '1', address: 'a', ui: 'u' }),
    );
    await (await claimServer(db, '127.0.0.1:1', 'http://127.0.0.1:2')).release();
  });

  test('a process that got the number of a killed server is not taken for it', async () => {
    await writeFile(
      lockFileOf(db),
      JSON.stringify({ pid: process.pid, startTicks: '1', address: 'a', ui: 'u' }),
    );
    expect(await readServer(db)).toBeUndefined();
  });

  test('a torn claim counts as none', async () => {
    await writeFile(lockFileOf(db), '{"pid": 12');
    expect(await readServer(db)).toBeUndefined();
  });
});
