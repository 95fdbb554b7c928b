import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { ensureCached } from '../../../../sandbox/toolchain/part-cache.ts';
import type { CacheEntry, CacheHooks } from '../../../../sandbox/toolchain/part-cache.ts';
import { temporaryFolder } from './temporary-folder.ts';

const entry: CacheEntry = {
  part: 'etcd',
  version: '1.0.0',
  recipe: ['part=etcd'],
  file: 'etcd',
  mode: 0o755,
};

let cache: string;
let makes: number;

beforeEach(async () => {
  cache = await temporaryFolder();
  makes = 0;
});

function hooks(more: Partial<CacheHooks> = {}): CacheHooks {
  return {
    make: async (folder) => {
      makes += 1;
      await writeFile(join(folder, 'etcd'), 'the program');
    },
    onWait: () => {},
    onDamage: () => {},
    ...more,
  };
}

function leftovers(names: string[]): string[] {
  return names.filter((name) => name.startsWith('.making-'));
}

/** Another process that begins to make the entry, says so, and never finishes. */
async function anotherRun(): Promise<ReturnType<typeof spawn>> {
  const script = fileURLToPath(new URL('./make-forever.ts', import.meta.url));
  const child = spawn(process.execPath, [script, cache, JSON.stringify(entry)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child;
}

describe('a cached part', () => {
  test('is made once and then taken as it is', async () => {
    const first = await ensureCached(cache, entry, hooks());
    const second = await ensureCached(cache, entry, hooks());
    expect(second).toEqual(first);
    expect(makes).toBe(1);
    expect(await readFile(first.path, 'utf8')).toBe('the program');
  });

  test('is made once by two runs at once', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => ensureCached(cache, entry, hooks())));
    expect(new Set(runs.map(({ path }) => path)).size).toBe(1);
    expect(makes).toBe(1);
  });

  test('is made again under another name when its recipe changes', async () => {
    const first = await ensureCached(cache, entry, hooks());
    const changed = { ...entry, recipe: ['part=etcd', 'flags=-s'] };
    const second = await ensureCached(cache, changed, hooks());
    expect(second.path).not.toBe(first.path);
    expect(makes).toBe(2);
  });

  test.each(['etcd', 'etcd.sha256'])('is made again when its %s was changed', async (name) => {
    const damaged: string[] = [];
    const { path } = await ensureCached(cache, entry, hooks());
    await writeFile(join(path, '..', name), 'rubbish');
    await ensureCached(cache, entry, hooks({ onDamage: (which) => damaged.push(which) }));
    expect(damaged).toEqual([path]);
    expect(makes).toBe(2);
    expect(await readFile(path, 'utf8')).toBe('the program');
  });

  test('leaves nothing behind when making it fails, and the next run makes it', async () => {
    const failing = hooks({
      make: async (folder) => {
        await writeFile(join(folder, 'etcd'), 'half of the pro');
        throw new Error('the compiler crashed');
      },
    });
    await expect(ensureCached(cache, entry, failing)).rejects.toThrow('the compiler crashed');
    expect(leftovers(await readdir(join(cache, 'parts', 'etcd')))).toEqual([]);
    const { path } = await ensureCached(cache, entry, hooks());
    expect(await readFile(path, 'utf8')).toBe('the program');
  });

  test('is made anew after the run that made it was killed half-way', async () => {
    const killed = await anotherRun();
    expect(leftovers(await readdir(join(cache, 'parts', 'etcd')))).toHaveLength(1);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    const { path } = await ensureCached(cache, entry, hooks());
    expect(await readFile(path, 'utf8')).toBe('the program');
    expect(leftovers(await readdir(join(cache, 'parts', 'etcd')))).toEqual([]);
  });

  test('is waited for while another process makes it, and made here once that one is killed', async () => {
    const other = await anotherRun();
    const made = ensureCached(cache, entry, hooks({ onWait: () => other.kill('SIGKILL') }));
    const { path } = await made;
    expect(other.signalCode ?? 'SIGKILL').toBe('SIGKILL');
    expect(makes).toBe(1);
    expect(await readFile(path, 'utf8')).toBe('the program');
  });

  test('is no longer waited for when the wait is called off', async () => {
    const other = await anotherRun();
    const called = new AbortController();
    const wait = ensureCached(
      cache,
      entry,
      hooks({ signal: called.signal, onWait: () => called.abort(new Error('called off')) }),
    );
    await expect(wait).rejects.toThrow('called off');
    expect(makes).toBe(0);
    other.kill('SIGKILL');
    await once(other, 'close');
  });
});
