import { createHash, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { awaitCondition } from './await-condition.ts';
import type { Parts } from './node-context.ts';
import { runCommand } from './run-command.ts';

/**
 * Makes containerd's data directory with all images imported and unpacked, once for every set of
 * images; every node then starts from a clone. Importing anew costs each node six seconds.
 *
 * @param cacheDir directory that outlives the sandbox; several sandboxes may use it at once
 * @param logFile receives containerd's output
 * @returns path of the finished directory
 */
export async function prepareImageStore(
  parts: Parts,
  cacheDir: string,
  logFile: string,
): Promise<string> {
  const version = await runCommand(parts.containerd, ['--version']);
  const key = createHash('sha256')
    .update([version, ...parts.images].join('\n'))
    .digest('hex')
    .slice(0, 16);
  const finished = join(cacheDir, key);
  if (await exists(finished)) {
    await utimes(finished, new Date(), new Date());
    return finished;
  }
  await removeOld(cacheDir);
  const draft = join(cacheDir, `draft-${randomBytes(4).toString('hex')}`);
  try {
    await importImages(parts, draft, logFile);
    await rename(draft, finished);
  } catch (error) {
    // Another sandbox may have been quicker: its store is as good.
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(finished))) throw error;
  }
  return finished;
}

/** A killed import leaves a draft; an import takes seconds, an hour is generous. */
const draftLifeMs = 3600_000;
/** A store that no sandbox started from for this long belongs to old images. */
const storeLifeMs = 7 * 24 * 3600_000;

async function removeOld(cacheDir: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  for (const name of await readdir(cacheDir)) {
    const path = join(cacheDir, name);
    const ageMs = Date.now() - (await stat(path)).mtimeMs;
    const lifeMs = name.startsWith('draft-') ? draftLifeMs : storeLifeMs;
    if (ageMs > lifeMs) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Gives a node a copy of the store. Layers are linked, because containerd never changes them;
 * the databases, which it does change, are copied.
 */
export async function cloneImageStore(store: string, root: string): Promise<void> {
  try {
    await runCommand('cp', ['-al', store, root]);
  } catch {
    // Another file system: links cannot reach there.
    await rm(root, { recursive: true, force: true });
    await runCommand('cp', ['-a', '--reflink=auto', store, root]);
    return;
  }
  const databases = await runCommand('find', [root, '-name', '*.db', '-path', '*io.containerd*']);
  for (const path of databases.split('\n').filter(Boolean)) {
    await runCommand('cp', ['--remove-destination', path.replace(root, store), path]);
  }
}

async function importImages(parts: Parts, root: string, logFile: string): Promise<void> {
  const state = `/run/images-${randomBytes(4).toString('hex')}`;
  const socket = join(state, 'containerd.sock');
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(state, { recursive: true });
  const config = join(state, 'config.toml');
  const text = (value: string) => JSON.stringify(value);
  await writeFile(
    config,
    `version = 2
root = ${text(root)}
state = ${text(state)}
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = ${text(socket)}
`,
  );
  const log = openSync(logFile, 'a', 0o600);
  const containerd = spawn(parts.containerd, ['--config', config], { stdio: ['ignore', log, log] });
  closeSync(log);
  const gone = once(containerd, 'exit');
  try {
    await awaitCondition(`containerd's socket, see ${logFile}`, () => exists(socket), 60_000);
    for (const image of parts.images) {
      const words = ['--address', socket, '--namespace=k8s.io', 'images', 'import', image];
      await runCommand(parts.ctr, words, { timeoutMs: 300_000 });
    }
  } finally {
    containerd.kill('SIGTERM');
    await gone;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
