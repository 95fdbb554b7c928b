import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = join(import.meta.dirname, '..', '..');
let code = '';

beforeAll(async () => {
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', 'index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  code = bundle.code;
}, 60_000);

/** Paths of all modules in the bundle, relative to the checkout. */
function modules(): string[] {
  return [
    ...new Set([...code.matchAll(/^\/\*\*\*\/ "\.\/([^"]+)"/gmu)].map(([, path = '']) => path)),
  ].sort();
}

describe('the workflow bundle', () => {
  test('holds every source of the workflows', () => {
    expect(modules()).toEqual(
      expect.arrayContaining([
        'workflows/install-mesh.ts',
        'workflows/run-plan.ts',
        'mesh/plan/precheck-steps.ts',
        'contract/step-activities.ts',
      ]),
    );
  });

  test('holds of packages only what the SDK brings', () => {
    const packages = new Set(
      modules().flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/u.exec(path)?.[1] ?? []),
    );
    expect([...packages].sort()).toEqual([
      '@temporalio/common',
      '@temporalio/workflow',
      'long',
      'ms',
      'nexus-rpc',
    ]);
  });

  test('holds of ours only what workflows may import', () => {
    const folders = new Set(
      modules().flatMap((path) => (path.startsWith('node_modules/') ? [] : [path.split('/')[0]])),
    );
    expect([...folders].sort()).toEqual(['contract', 'mesh', 'workflows']);
  });

  test('keeps no mutable state between workflows at module level', async () => {
    const sources = modules().filter((path) => /^(?:contract|mesh|workflows)\/.+\.ts$/u.test(path));
    expect(sources.length).toBeGreaterThan(15);
    for (const path of sources) {
      expect({
        path,
        state: (await readFile(join(ROOT, path), 'utf8')).match(/^(?:export )?(?:let|var) .*$/gmu),
      }).toEqual({ path, state: null });
    }
  });
});
