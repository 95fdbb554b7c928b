import { injectFault, readStatus } from './control-client.ts';
import type { Fault } from './fault.ts';
import type { Layout } from './layout.ts';
import { layoutOf } from './layout.ts';
import { removeLeftovers } from './leftovers.ts';
import { awaitGone, signalProcess } from './process-identity.ts';
import { isRunning, readRecord } from './record.ts';
import type { SandboxRecord } from './record.ts';
import type { SandboxStatus } from './sandbox-status.ts';
import type { ClusterShape } from './shape.ts';
import { resolve } from 'node:path';

/** A running sandbox, as programs on this machine use it. */
export interface Sandbox {
  /** Its directory, absolute. */
  readonly dir: string;
  /** Path of the kubeconfig; contexts are the clusters' names. */
  readonly kubeconfig: string;
  /** Path of the mesh file. */
  readonly meshFile: string;
  /** What it consists of. */
  readonly clusters: readonly ClusterShape[];
  /** Says how it is. */
  status(): Promise<SandboxStatus>;
  /**
   * Injects a fault into a cluster and returns the status after it.
   *
   * @throws {UsageError} when the cluster or Service does not exist
   */
  inject(cluster: string, fault: Fault): Promise<SandboxStatus>;
  /** Ends it and removes everything but logs and mesh.yaml. */
  down(): Promise<void>;
}

/** Opens the sandbox that runs in a directory; undefined when none does. */
export function openSandbox(dir: string): Sandbox | undefined {
  const layout = layoutOf(resolve(dir));
  const record = readRecord(layout);
  return record === undefined || !isRunning(record) ? undefined : sandboxOf(layout, record);
}

function sandboxOf(layout: Layout, record: SandboxRecord): Sandbox {
  return {
    dir: layout.dir,
    kubeconfig: layout.kubeconfig,
    meshFile: layout.meshFile,
    clusters: record.clusters,
    status: () => readStatus(layout.controlSocket),
    inject: (cluster, fault) => injectFault(layout.controlSocket, { cluster, fault }),
    down: async () => void (await takeDown(layout.dir)),
  };
}

/** Longest time an orderly end takes, in milliseconds. */
const endTimeoutMs = 30_000;

/**
 * Ends the sandbox of a directory and removes what it leaves, also what one that was killed left.
 *
 * @returns whether one was running
 * @throws {Error} names what could not be removed
 */
export async function takeDown(dir: string): Promise<boolean> {
  const layout = layoutOf(resolve(dir));
  const record = readRecord(layout);
  const running = record !== undefined && isRunning(record);
  if (record !== undefined && running) {
    signalProcess(record.supervisor, 'SIGTERM');
    const gone = await awaitGone(record.supervisor, endTimeoutMs);
    if (!gone) signalProcess(record.supervisor, 'SIGKILL');
    const { holder } = readRecord(layout) ?? record;
    if (holder !== undefined && !(await awaitGone(holder, gone ? 5000 : 0))) {
      signalProcess(holder, 'SIGKILL');
      await awaitGone(holder, 5000);
    }
  }
  const left = await removeLeftovers(layout, record);
  if (left.length > 0) throw new Error(`could not remove ${left.join(', ')}`);
  return running;
}
