import { readFileSync, writeFileSync } from 'node:fs';

const limitFile = '/proc/sys/fs/inotify/max_user_instances';

/** Enough for ten clusters with a mesh in each; a bare cluster was seen to hold 16. */
const wantedInstances = 1024;

/**
 * Raises the machine's limit of inotify instances, which Linux keeps at 128 for all of root's
 * processes: at the limit, kubelets and sidecars fail with "too many open files".
 *
 * @param onProgress told what was changed, or that it could not be
 */
export function raiseInotifyLimit(onProgress: (line: string) => void): void {
  const instances = Number(readFileSync(limitFile, 'utf8'));
  if (instances >= wantedInstances) return;
  const setting = `fs.inotify.max_user_instances from ${instances} to ${wantedInstances}`;
  try {
    writeFileSync(limitFile, String(wantedInstances));
    onProgress(`raised ${setting}, until the next boot`);
  } catch {
    onProgress(
      `could not raise ${setting}; with many clusters pods may fail for "too many open files"`,
    );
  }
}
