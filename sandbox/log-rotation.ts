import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const largestLogBytes = 20 * 1024 * 1024;
const checkEveryMs = 15_000;

/**
 * Keeps every `.log` file below a directory small: one above 20 MB becomes `.log.1` and starts
 * anew. Writers append, so cutting the file under them loses at most the lines of that instant.
 */
export function startLogRotation(logsDir: string): void {
  setInterval(() => rotateLogs(logsDir), checkEveryMs).unref();
}

/** Cuts every log file that is larger than the limit, in bytes. */
export function rotateLogs(logsDir: string, limitBytes = largestLogBytes): void {
  for (const name of readdirSync(logsDir, { recursive: true, encoding: 'utf8' })) {
    const file = join(logsDir, name);
    if (!file.endsWith('.log') || statSync(file).size <= limitBytes) continue;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}
