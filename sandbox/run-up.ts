import { relative } from 'node:path';
import { say, settleCommand, startProgress } from './command-outcome.ts';
import type { Sandbox } from './sandbox.ts';
import { takeDown } from './sandbox.ts';
import { describeShape } from './shape.ts';
import { TakenDown } from './supervisor-process.ts';
import { bringUp } from './up.ts';

/** Options of `sandbox up`, as commander hands them over. */
export interface UpFlags {
  /** Number of clusters, 1 to 10. */
  readonly clusters: number;
  /** `separate`, `flat` or assignments, see {@link layOutSandbox}. */
  readonly networks: string;
  /** Delay of every load balancer, in milliseconds. */
  readonly lbDelay: number;
  /** Form of the networks in mesh.yaml. */
  readonly gateways: 'meshNetworks' | 'discovered';
  /** Return when all clusters are usable. */
  readonly detach?: boolean;
  /** Directory of everything it writes. */
  readonly dir: string;
}

/** Runs `sandbox up`. */
export function runUp(flags: UpFlags): Promise<void> {
  return settleCommand(async () => {
    const progress = startProgress();
    const interrupt = new AbortController();
    const interrupted = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        process.once(signal, () => {
          interrupt.abort(new Error('interrupted'));
          resolve();
        });
      }
    });
    const detached = flags.detach === true;
    const { clusters, networks, lbDelay, gateways, dir } = flags;
    const { signal } = interrupt;
    const options = { clusters, networks, lbDelayMs: lbDelay, gateways, dir, detached, signal };
    const brought = await bringUp(options, progress).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      progress('interrupted; nothing is left of the sandbox');
    });
    if (brought === undefined) return 1;
    const { sandbox, alreadyRunning, ended } = brought;
    if (alreadyRunning) {
      say(`already running in ${sandbox.dir}: ${describeShape(sandbox.clusters)}`);
      return 0;
    }
    progress(`up: ${describeShape(sandbox.clusters)}`);
    say(nextCommands(sandbox, dir));
    if (detached) return 0;
    progress('Ctrl-C ends the sandbox');
    await Promise.race([ended, interrupted]).catch((error: unknown) => {
      if (!(error instanceof TakenDown)) throw error;
      progress(error.message);
    });
    return endAfterInterrupt(dir, progress);
  });
}

async function endAfterInterrupt(dir: string, progress: (line: string) => void): Promise<number> {
  progress('ending the sandbox');
  await takeDown(dir);
  progress('gone');
  return 0;
}

function nextCommands(sandbox: Sandbox, dir: string): string {
  const file = (path: string) => relative(process.cwd(), path) || path;
  const suffix = dir === '.sandbox' ? '' : ` --dir ${dir}`;
  return [
    `kubectl --kubeconfig ${file(sandbox.kubeconfig)} --context cluster1 get pods -A`,
    `KUBECONFIG=${file(sandbox.kubeconfig)} meshwright install -f ${file(sandbox.meshFile)}`,
    `meshwright sandbox status${suffix}`,
    `meshwright sandbox down${suffix}`,
  ].join('\n');
}
