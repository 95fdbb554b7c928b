import { rm } from 'node:fs/promises';
import { removeCgroup, sandboxCgroup } from './cgroups.ts';
import type { Layout } from './layout.ts';
import type { SandboxRecord } from './record.ts';

/**
 * Removes what a sandbox leaves on the machine when all its processes are gone: cgroups, data,
 * sockets, credentials, its record. Logs and mesh.yaml stay.
 *
 * @returns what could not be removed
 */
export async function removeLeftovers(
  layout: Layout,
  record: SandboxRecord | undefined,
): Promise<string[]> {
  const left = record === undefined ? [] : await removeCgroup(sandboxCgroup(record.id));
  for (const path of [layout.clustersDir, layout.runDir, layout.kubeconfig, layout.record]) {
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
  return left;
}
