import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { innerEnvironment } from './environment.ts';
import { raiseInotifyLimit } from './inotify-limit.ts';
import type { Launch, LaunchEvent } from './launch.ts';
import { layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { readMachineFacts, requireSandboxMachine } from './machine.ts';
import type { GatewayMode } from './mesh-file.ts';
import { openSandbox, takeDown } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { imageStoreDir, resolveParts } from './sandbox-parts.ts';
import { describeShape, layOutSandbox } from './shape.ts';
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
}

/** A sandbox that is up. */
export interface BroughtUp {
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
  const dir = resolve(options.dir ?? '.sandbox');
  const layout = layoutOf(dir);
  const running = openSandbox(dir);
  if (running !== undefined) {
    const [is, wanted] = [describeShape(running.clusters), describeShape(clusters)];
    if (is === wanted)
      return { sandbox: running, alreadyRunning: true, ended: new Promise(() => undefined) };
    throw new UsageError(
      `a sandbox with ${is} is running in ${dir}, not ${wanted}; ` +
        'end it first with "meshwright sandbox down", or choose another --dir',
    );
  }
  requireSandboxMachine(await readMachineFacts());
  await takeDown(dir);
  const parts = await resolveParts(onProgress);
  raiseInotifyLimit(onProgress);
  const launch: Launch = {
    id: randomBytes(4).toString('hex'),
    dir,
    clusters,
    parts,
    imageStoreDir: imageStoreDir(),
    lbDelayMs: options.lbDelayMs ?? 0,
    gateways: options.gateways ?? 'meshNetworks',
    attached: !options.detached,
  };
  onProgress(`starting ${describeShape(clusters)}`);
  const supervisor = startSupervisor(layout, launch);
  const ended = awaitReady(supervisor, onProgress);
  try {
    await ended.ready;
  } catch (error) {
    await takeDown(dir);
    throw error;
  }
  const sandbox = openSandbox(dir);
  if (sandbox === undefined)
    throw new Error(`the sandbox ended right after its start; see ${layout.sandboxLog}`);
  if (options.detached) detach(supervisor);
  return { sandbox, alreadyRunning: false, ended: ended.failed };
}

function startSupervisor(layout: Layout, launch: Launch): ChildProcess {
  for (const path of [layout.runDir, layout.clustersDir])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  mkdirSync(layout.logsDir, { recursive: true });
  const request = join(layout.runDir, 'request.json');
  writeFileSync(request, JSON.stringify(launch), { mode: 0o600 });
  const log = openSync(layout.sandboxLog, 'a', 0o600);
  const program = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
  const supervisor = spawn(process.execPath, [program, request], {
    // A session of its own: Ctrl-C in a terminal reaches the caller alone, which then ends it.
    detached: true,
    stdio: [launch.attached ? 'pipe' : 'ignore', log, log, 'pipe'],
    env: innerEnvironment(),
  });
  closeSync(log);
  return supervisor;
}

function awaitReady(supervisor: ChildProcess, onProgress: (line: string) => void) {
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  const ready = new Promise<void>((resolveReady) => {
    createInterface({ input: supervisor.stdio[3] as Readable }).on('line', (line) => {
      const event = JSON.parse(line) as LaunchEvent;
      if (event.type === 'progress') onProgress(event.text);
      else if (event.type === 'failed') fail(new Error(event.text));
      else resolveReady();
    });
  });
  supervisor.on('error', fail);
  supervisor.on('exit', (code) =>
    fail(new Error(`the sandbox's supervisor ended with exit code ${code}`)),
  );
  return { ready: Promise.race([ready, failed]), failed };
}

function detach(supervisor: ChildProcess): void {
  (supervisor.stdio[3] as Readable).destroy();
  supervisor.unref();
}
