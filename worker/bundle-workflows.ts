import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

// A process of its own: webpack leaves 150 MB behind that a worker would carry for the rest of its life.
const [, , root = '', file = '', failureConverterPath] = process.argv;
const quiet = (): void => undefined;
const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
const { code } = await bundleWorkflowCode({
  workflowsPath: join(root, 'workflows', 'index.ts'),
  logger,
  ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
});
await writeFile(file, code);
