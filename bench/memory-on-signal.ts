/**
 * Loaded into a worker that is watched (`node --expose-gc --import`): on SIGUSR2 it collects garbage and writes what its memory is then. The heap is that of
 * the main thread, where activities run; the resident size is that of the whole process, with the thread of the workflows and the SDK's native part.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const { SOAK_MEMORY_FILE: file } = process.env;

if (isMainThread && file !== undefined) {
  process.on('SIGUSR2', () => {
    globalThis.gc?.();
    globalThis.gc?.();
    writeFileSync(`${file}.part`, JSON.stringify(process.memoryUsage()));
    renameSync(`${file}.part`, file);
  });
}
