import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { startMeshwright } from '../run-meshwright.ts';

/** Temporal and a worker of the demo, in processes of their own so that either can be killed. */
export type RunningServer = {
  /** Variables with which every command reaches them. */
  env: { [name: string]: string };
  /** Process ids of the server and the worker. */
  pids(): number[];
  /** Kills the worker with SIGKILL and waits until it is gone; answers its process id. */
  killWorker(): Promise<number>;
  /** Starts a worker, with more variables than the server's own if it is to have them. */
  startWorker(more?: { [name: string]: string }): void;
  /** Kills Temporal with SIGKILL; `meshwright server` starts it again with the same database. */
  killTemporal(): void;
  /** Ends both and waits until they are gone. */
  stop(): Promise<void>;
};

/** Where the demo keeps what it runs. */
export type ServerOptions = {
  /** Directory of the sandbox; logs, database and root key go below it. */
  dir: string;
  /** Leaves the processes running when this one ends. */
  keep: boolean;
  /** Name servers that the worker asks for host names of load balancers. @default this machine's */
  nameServers?: string;
  /** More variables for both. @default none */
  env?: { [name: string]: string };
};

/** The port itself when it is free, else one that is. */
async function freePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const probe = createServer();
    const outcome = await new Promise<number | null>((resolve) => {
      probe.once('error', () => resolve(null));
      probe.listen(port, '127.0.0.1', () => resolve((probe.address() as { port: number }).port));
    });
    probe.close();
    if (outcome !== null) return outcome;
  }
  throw new Error('no free port on 127.0.0.1');
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  const answer = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return answer;
}

async function end(child: ChildProcess | null, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.kill(signal);
  await closed;
}

/**
 * Starts the embedded Temporal server and one worker, and returns when Temporal accepts connections.
 * @throws Error when Temporal does not listen within a minute; its log is named.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const logs = join(options.dir, 'logs');
  mkdirSync(logs, { recursive: true });
  const port = await freePort(7233);
  const uiPort = await freePort(8233);
  const env = {
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    MESHWRIGHT_UI_URL: `http://localhost:${uiPort}`,
    MESHWRIGHT_HOME: join(options.dir, 'home'),
    KUBECONFIG: join(options.dir, 'kubeconfig'),
    ...(options.nameServers === undefined ? {} : { MESHWRIGHT_NAME_SERVERS: options.nameServers }),
    ...options.env,
  };
  const start = (words: string[], log: string, more = {}): ChildProcess => {
    const file = openSync(join(logs, log), 'a');
    const child = startMeshwright(words, {
      env: { ...env, ...more },
      stdio: ['ignore', file, file],
      outlive: options.keep,
    });
    closeSync(file);
    if (options.keep) child.unref();
    return child;
  };
  const server = start(
    ['server', '--no-worker', '--port', String(port), '--ui-port', String(uiPort)],
    'temporal.log',
  );
  let worker: ChildProcess | null = start(['worker'], 'worker.log');
  const giveUp = Date.now() + 60_000;
  while (!(await listens(port))) {
    if (server.exitCode !== null || Date.now() > giveUp) {
      await end(worker, 'SIGKILL');
      await end(server, 'SIGTERM');
      throw new Error(
        `temporal does not listen on 127.0.0.1:${port}; see ${join(logs, 'temporal.log')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    env,
    pids: () => [server.pid ?? 0, worker?.pid ?? 0],
    async killWorker() {
      const pid = worker?.pid ?? 0;
      await end(worker, 'SIGKILL');
      return pid;
    },
    startWorker(more) {
      worker = start(['worker'], 'worker.log', more);
    },
    killTemporal() {
      const pid = String(server.pid);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
      for (const child of children.filter((word) => word !== ''))
        process.kill(Number(child), 'SIGKILL');
    },
    async stop() {
      await end(worker, 'SIGTERM');
      await end(server, 'SIGTERM');
    },
  };
}
