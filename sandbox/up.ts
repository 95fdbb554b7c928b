import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { raiseInotifyLimit } from './inotify-limit.ts';
import { layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { readMachineFacts, requireSandboxMachine } from './machine.ts';
import type { GatewayMode } from './mesh-file.ts';
import { openSandbox, takeDown } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { imageStoreDir, resolveParts } from './sandbox-parts.ts';
import { describeShape, layOutSandbox } from './shape.ts';
import type { ClusterShape } from './shape.ts';
import { lockStart } from './start-lock.ts';
import { startSupervisor } from './supervisor-process.ts';
import { UsageError } from './usage-error.ts';

/** What kind of sandbox is wanted. */
export interface SandboxOptions {
  /** Number of clusters, 1 … 10. @default 2 */
  readonly clusters?: number;
  /** `separate`, `flat`, or `cluster1=net-a,cluster2=net-a,…`. @default separate */
  readonly networks?: string;
  /** Delay before a load balancer gets its address, in milliseconds. @default 0 */
  readonly lbDelayMs?: number;
  /** Form of the networks in mesh.yaml. @default meshNetworks */
  readonly gateways?: GatewayMode;
  /** Directory of everything it writes. @default .sandbox */
  readonly dir?: string;
  /** Outlive the calling process. @default false */
  readonly detached?: boolean;
  /** Ends the start when it aborts; nothing is left then. */
  readonly signal?: AbortSignal;
}

/** A sandbox that is up. */
export interface BroughtUp {
  /** Access to it. */
  readonly sandbox: Sandbox;
  /** It was running before. */
  readonly alreadyRunning: boolean;
  /** Rejects when it ends unasked; never settles for a detached one or one that ran before. */
  readonly ended: Promise<never>;
}

/**
 * Brings a sandbox up and returns when all its clusters are usable.
 *
 * @param onProgress receives lines for people
 * @throws {UsageError} wrong options, a machine that cannot host it, another sandbox in the way
 * @throws {Error} when a cluster does not come up; nothing is left then
 */
export async function bringUp(
  options: SandboxOptions,
  onProgress: (line: string) => void,
): Promise<BroughtUp> {
  const clusters = layOutSandbox(options.clusters ?? 2, options.networks ?? 'separate');
  const layout = layoutOf(resolve(options.dir ?? '.sandbox'));
  requireSandboxMachine(await readMachineFacts());
  const unlock = lockStart(layout.dir);
  try {
    const running = openSandbox(layout.dir);
    if (running !== undefined) return joinRunning(running, clusters);
    return await startSandbox(layout, clusters, options, onProgress);
  } finally {
    unlock();
  }
}

function joinRunning(running: Sandbox, clusters: readonly ClusterShape[]): BroughtUp {
  const [is, wanted] = [describeShape(running.clusters), describeShape(clusters)];
  if (is !== wanted) {
    throw new UsageError(
      `a sandbox with ${is} is running in ${running.dir}, not ${wanted}; ` +
        'end it first with "meshwright sandbox down", or choose another --dir',
    );
  }
  return { sandbox: running, alreadyRunning: true, ended: new Promise(() => undefined) };
}

async function startSandbox(
  layout: Layout,
  clusters: readonly ClusterShape[],
  options: SandboxOptions,
  onProgress: (line: string) => void,
): Promise<BroughtUp> {
  await takeDown(layout.dir);
  const parts = await resolveParts(onProgress, options.signal);
  options.signal?.throwIfAborted();
  raiseInotifyLimit(onProgress);
  onProgress(`starting ${describeShape(clusters)}`);
  const supervisor = startSupervisor(
    layout,
    {
      id: randomBytes(4).toString('hex'),
      dir: layout.dir,
      clusters,
      parts,
      imageStoreDir: imageStoreDir(),
      lbDelayMs: options.lbDelayMs ?? 0,
      gateways: options.gateways ?? 'meshNetworks',
      attached: !options.detached,
    },
    onProgress,
  );
  try {
    await Promise.race([supervisor.ready, rejectOnAbort(options.signal)]);
    const sandbox = openSandbox(layout.dir);
    if (sandbox === undefined)
      throw new Error(`the sandbox ended right after its start; see ${layout.sandboxLog}`);
    if (options.detached) supervisor.detach();
    return { sandbox, alreadyRunning: false, ended: supervisor.ended };
  } catch (error) {
    await takeDown(layout.dir);
    throw error;
  }
}

function rejectOnAbort(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
