import { join } from 'node:path';
import { UsageError } from './usage-error.ts';

/** Where everything of one sandbox lies below its directory (`.sandbox` by default). */
export interface Layout {
  /** The directory itself, absolute. */
  readonly dir: string;
  /** For people and the worker on this machine; contexts `cluster1` … `clusterN`; mode 0600. */
  readonly kubeconfig: string;
  /** The mesh file that fits this sandbox. */
  readonly meshFile: string;
  /** Who runs here: identity of the processes, shape, id. Removed by `down`. */
  readonly record: string;
  /** What the processes inside the namespaces were told at their start. */
  readonly launch: string;
  /** Unix sockets. */
  readonly runDir: string;
  /** Data of all clusters: etcd, containerd, kubelet, keys. Removed by `down`. */
  readonly clustersDir: string;
  /** Logs, kept after `down`. */
  readonly logsDir: string;
  /** Log of the sandbox's own processes. */
  readonly sandboxLog: string;
  /** The control server's unix socket. */
  readonly controlSocket: string;
}

/** Linux refuses longer socket addresses (`sun_path`, unix(7)). */
const longestSocketPath = 107;

/**
 * Names the paths of the sandbox in a directory.
 *
 * @throws {UsageError} when the directory's path is too long for a unix socket
 */
export function layoutOf(dir: string): Layout {
  const runDir = join(dir, 'run');
  const controlSocket = join(runDir, 'control.sock');
  if (apiSocketOf(runDir, 'cluster10').length > longestSocketPath) {
    throw new UsageError(
      `${dir} is too long a path for unix sockets; choose a shorter one with --dir`,
    );
  }
  return {
    dir,
    kubeconfig: join(dir, 'kubeconfig'),
    meshFile: join(dir, 'mesh.yaml'),
    record: join(dir, 'sandbox.json'),
    launch: join(runDir, 'launch.json'),
    runDir,
    clustersDir: join(dir, 'clusters'),
    logsDir: join(dir, 'logs'),
    sandboxLog: join(dir, 'logs', 'sandbox.log'),
    controlSocket,
  };
}

/** The unix socket through which a cluster's API server is reached from outside the namespaces. */
export function apiSocketOf(runDir: string, cluster: string): string {
  return join(runDir, `${cluster}.sock`);
}
