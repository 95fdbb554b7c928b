import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sourcesChecksum, workflowBundle } from '../../../worker/workflow-bundle.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;

describe('the workflow bundle', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workflow-bundle-'));
  });

  async function copyOfSources(): Promise<string> {
    const copy = join(folder, 'copy');
    for (const name of ['mesh', 'contract', 'workflows'])
      await cp(join(ROOT, name), join(copy, name), { recursive: true });
    return copy;
  }

  test('is made once, holds the workflows, and comes from the cache afterwards', async () => {
    const first = await workflowBundle(ROOT, folder);
    expect(first.made).toBe(true);
    expect(await readFile(first.codePath, 'utf8')).toContain('installMesh');
    expect(await workflowBundle(ROOT, folder)).toEqual({
      codePath: first.codePath,
      made: false,
    });
    expect(await readdir(join(folder, 'workflow-bundles'))).toHaveLength(1);
  });

  test('is another one as soon as a source it is made of changes', async () => {
    const copy = await copyOfSources();
    const before = await sourcesChecksum(copy);
    const file = join(copy, 'mesh', 'failure.ts');
    await writeFile(file, `${await readFile(file, 'utf8')}\n// changed\n`);
    expect(await sourcesChecksum(copy)).not.toBe(before);
  });

  test('is another one when a source moves', async () => {
    const copy = await copyOfSources();
    const before = await sourcesChecksum(copy);
    await mkdir(join(copy, 'mesh', 'moved'));
    await cp(join(copy, 'mesh', 'failure.ts'), join(copy, 'mesh', 'moved', 'failure.ts'));
    await rm(join(copy, 'mesh', 'failure.ts'));
    expect(await sourcesChecksum(copy)).not.toBe(before);
  });
});
