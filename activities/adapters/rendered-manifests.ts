import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';

/** Keeps rendered objects by digest, across restarts of the worker. Losing it costs time only. */
export type RenderedManifests = {
  /** The objects kept under a digest; null when there are none. */
  read(digest: string): Promise<KubernetesObject[] | null>;
  /** Keeps objects under a digest; trouble with the disk is ignored. */
  keep(digest: string, objects: KubernetesObject[]): Promise<void>;
};

/** A mesh of a hundred clusters renders some hundred documents of 0.1 to 1 MB. */
const KEPT_FILES = 500;

/** Keeps rendered objects as files of a directory, readable by the owner only: overlays may say more than they should. */
export function renderedManifests(dir: string): RenderedManifests {
  return {
    read: async (digest) => {
      try {
        return JSON.parse(
          await readFile(join(dir, `${digest}.json`), 'utf8'),
        ) as KubernetesObject[];
      } catch {
        return null;
      }
    },
    keep: async (digest, objects) => {
      // Written aside and renamed: a killed worker leaves no half file under a digest.
      const aside = join(dir, `.${digest}.${randomUUID()}`);
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await writeFile(aside, JSON.stringify(objects), { mode: 0o600 });
        await rename(aside, join(dir, `${digest}.json`));
        await prune(dir);
      } catch {
        await rm(aside, { force: true });
      }
    },
  };
}

async function prune(dir: string): Promise<void> {
  const names = await readdir(dir);
  if (names.length <= KEPT_FILES) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(dir, name))).mtimeMs })),
  );
  files.sort((a, b) => a.at - b.at);
  await Promise.all(
    files
      .slice(0, files.length - KEPT_FILES)
      .map(({ name }) => rm(join(dir, name), { force: true })),
  );
}
