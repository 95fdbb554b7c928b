import { once } from 'node:events';
import { join } from 'node:path';
import { runMeshwright, startMeshwright } from '../run-meshwright.ts';
import { startServer, type RunningServer } from './running-server.ts';

/** What the demo shows. */
export type DemoOptions = {
  /** Leaves everything running at the end. */
  keep: boolean;
  /** How gateways find each other: seed 000 or seed 001. */
  gateways: 'meshNetworks' | 'discovered';
  /** Directory of the sandbox. */
  dir: string;
};

/** Exit code of a demo that was told to end, as of a command that Ctrl-C ends. */
const TERMINATED = 130;
/** Name of the mesh in the sandbox's mesh file. */
const MESH = 'sandbox';

function say(text: string): void {
  console.error(`\n── ${text}`);
}

/** Runs a command in full view and answers its exit code. */
async function show(
  words: string[],
  env: { [name: string]: string },
  signal?: AbortSignal,
): Promise<number> {
  console.error(`$ meshwright ${words.join(' ')}`);
  const interruptible = signal === undefined ? {} : { signal };
  const options = { env, output: 'inherit', timeoutMs: 45 * 60_000, ...interruptible } as const;
  return (await runMeshwright(words, options)).exitCode ?? 1;
}

/** A signal that aborts when this process is told to end. Ctrl-C, which reaches every child by itself, is only told. */
function untilTerminated(): AbortSignal {
  const terminated = new AbortController();
  process.on('SIGINT', () => say('interrupted'));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      say('interrupted');
      terminated.abort();
    });
  }
  return terminated.signal;
}

/** Steps that are done, and how many there are; null while the operation cannot be asked. */
async function progress(env: {
  [name: string]: string;
}): Promise<{ done: number; all: number; ended: boolean } | null> {
  const { exitCode, stdout } = await runMeshwright(['status', MESH, '-o', 'json'], {
    env,
    timeoutMs: 10_000,
  });
  if (exitCode === null || !stdout.startsWith('{')) return null;
  const { steps, operation } = JSON.parse(stdout) as {
    steps: { state: string }[];
    operation: { state: string };
  };
  return {
    done: steps.filter(({ state }) => state === 'done').length,
    all: steps.length,
    ended: operation.state !== 'running',
  };
}

/** Kills the worker once, when the install is in its middle, and starts another. */
async function killOnce(server: RunningServer, installing: () => boolean): Promise<boolean> {
  while (installing()) {
    const seen = await progress(server.env);
    if (seen?.ended === true) return false;
    if (seen !== null && seen.all > 5 && seen.done >= seen.all / 3) {
      const pid = await server.killWorker();
      say(
        `the worker (process ${pid}) was killed with SIGKILL after ${seen.done} of ${seen.all} steps; another one starts`,
      );
      server.startWorker();
      return true;
    }
  }
  return false;
}

/** Installs in full view while the worker is killed; answers the install's exit code and whether the kill came in time. */
async function installUnderFire(
  server: RunningServer,
  file: string,
  terminated: AbortSignal,
): Promise<{ exitCode: number; killed: boolean }> {
  const words = ['install', '-f', file, '--yes', '--reason', 'demo'];
  console.error(`$ meshwright ${words.join(' ')}`);
  const install = startMeshwright(words, { env: server.env, stdio: 'inherit' });
  const ended = once(install, 'exit') as Promise<[number | null]>;
  terminated.addEventListener('abort', () => install.kill('SIGINT'), { once: true });
  const killed = await killOnce(server, () => install.exitCode === null);
  const [exitCode] = await ended;
  return { exitCode: exitCode ?? 1, killed };
}

function nextCommands(server: RunningServer, file: string, dir: string): void {
  say('everything is left running; from here:');
  for (const [name, value] of Object.entries(server.env)) console.error(`export ${name}=${value}`);
  console.error(`bin/meshwright status ${MESH}`);
  console.error(`bin/meshwright install -f ${file}        # again: nothing changes`);
  console.error('kubectl --context cluster1 get pods -A');
  console.error('bin/meshwright sandbox fault cluster2 --help');
  console.error(
    `kill ${server.pids().join(' ')} && bin/meshwright sandbox down --dir ${dir}        # takes everything down`,
  );
}

/** Brings up clusters, Temporal and a worker, installs the mesh, kills the worker on the way, proves traffic. Answers the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const file = join(options.dir, 'mesh.yaml');
  const running = await runMeshwright(['sandbox', 'status', '--dir', options.dir]);
  if (running.exitCode === 0) {
    console.error(
      `a sandbox is running in ${options.dir}, and the demo begins with fresh clusters`,
    );
    console.error(`  try: bin/meshwright sandbox down --dir ${options.dir}, or --dir ANOTHER`);
    return 2;
  }
  say('two real Kubernetes clusters on separate networks');
  const up = [
    'sandbox',
    'up',
    '--clusters',
    '2',
    '--gateways',
    options.gateways,
    '--dir',
    options.dir,
    '--detach',
  ];
  const terminated = untilTerminated();
  const code = await show(up, {}, terminated);
  if (code !== 0) return code;
  let server: RunningServer | null = null;
  try {
    say('Temporal and a worker');
    server = await startServer(options);
    if (terminated.aborted) return TERMINATED;
    say(`install, gateways: ${options.gateways}`);
    const { exitCode, killed } = await installUnderFire(server, file, terminated);
    if (exitCode !== 0) return exitCode;
    if (!killed) {
      say(
        'the install ended before the worker could be killed: the demo did not show what it promises',
      );
      return 1;
    }
    say('requests from every cluster to every cluster');
    const verified = await show(['verify', MESH], server.env, terminated);
    if (verified !== 0) return verified;
    await show(['history', MESH], server.env);
    console.error(
      `\nTemporal UI: ${server.env['MESHWRIGHT_UI_URL']}/namespaces/default/workflows/mesh-${MESH}`,
    );
    return 0;
  } finally {
    if (options.keep && server !== null) nextCommands(server, file, options.dir);
    else {
      say('taking everything down');
      await server?.stop();
      await show(['sandbox', 'down', '--dir', options.dir], {});
    }
  }
}
