import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Folders whose sources make up the workflow bundle, below the root of the checkout. */
const SOURCE_FOLDERS = ['mesh', 'contract', 'workflows'];

const BUNDLER = fileURLToPath(new URL('./bundle-workflows.ts', import.meta.url));

/** Bundles kept beside the current one, for branches that are switched to and fro. */
const KEPT_BUNDLES = 4;

/** Code of all workflows as one script. */
export type WorkflowBundle = {
  /** Path of the script. */
  codePath: string;
  /** Whether it had to be made; false when it came from the cache. */
  made: boolean;
};

/**
 * Answers the bundle of the workflows from the cache, or makes it (about a second) and keeps it there under a checksum of all
 * sources and the SDK's version; where failures are encrypted, with a failure converter, by its path. Written under another name and renamed, so that neither a kill nor a second worker spoils it.
 */
export async function workflowBundle(
  root: string,
  cache: string,
  failureConverter?: string,
): Promise<WorkflowBundle> {
  const folder = join(cache, 'workflow-bundles');
  const converter = failureConverter === undefined ? '' : await readFile(failureConverter);
  const variant = createHash('sha256').update(converter).digest('hex').slice(0, 8);
  const codePath = join(folder, `${await sourcesChecksum(root)}-${variant}.js`);
  if (await isFile(codePath)) return { codePath, made: false };
  await mkdir(folder, { recursive: true });
  const temporary = `${codePath}.${process.pid}.tmp`;
  await promisify(execFile)(process.execPath, [
    BUNDLER,
    root,
    temporary,
    ...(failureConverter === undefined ? [] : [failureConverter]),
  ]);
  await rename(temporary, codePath);
  await removeOldBundles(folder);
  return { codePath, made: true };
}

/** Checksum of everything that decides the bundle: sources of the workflows and of what they import, and the SDK. */
export async function sourcesChecksum(root: string): Promise<string> {
  const hash = createHash('sha256').update(sdkVersion());
  for (const folder of SOURCE_FOLDERS) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
    const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
    const sources = await Promise.all(paths.map((path) => readFile(path)));
    paths.forEach((path, index) =>
      hash.update(`\0${relative(root, path)}\0`).update(sources[index] ?? ''),
    );
  }
  return hash.digest('hex').slice(0, 32);
}

function sdkVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('@temporalio/worker/package.json');
  return (manifest as { version: string }).version;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() && found.size > 0,
    () => false,
  );
}

async function removeOldBundles(folder: string): Promise<void> {
  const names = await readdir(folder);
  const aged = await Promise.all(
    names.map(async (name) => ({
      name,
      at: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0,
    })),
  );
  const old = aged.sort((a, b) => b.at - a.at).slice(KEPT_BUNDLES + 1);
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { force: true })));
}
