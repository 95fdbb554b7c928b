import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { folders } from './config.ts';
import type { TemporalFlags } from './config.ts';
import type { CodecServerFlags } from './codec-server-command.ts';
import type { InjectFlags } from './inject-command.ts';
import type { ServerFlags, WorkerCommandParts } from './server-command.ts';
import { WORKER_VARIABLES } from './worker-variables.ts';

/** Adds `worker` and `server` to the program. What they run is loaded when they run. */
export function addWorkerCommands(program: Command, parts: WorkerCommandParts): void {
  program
    .command('worker')
    .description('run a worker, which does the steps: on a machine that reaches the clusters')
    .option('--address <host:port>', 'Temporal server (TEMPORAL_ADDRESS)')
    .option('-n, --namespace <name>', 'Temporal namespace (TEMPORAL_NAMESPACE)')
    .option('--profile <name>', 'profile in temporal.toml (TEMPORAL_PROFILE)')
    .addHelpText('after', `\n${variablesHelp()}`)
    .addHelpText(
      'after',
      '\nIt waits while Temporal is not reachable. Ctrl-C lets running steps finish, twice ends at once.',
    )
    .action(async (flags: TemporalFlags) => {
      loadFast();
      const { runWorkerCommand } = await import('./worker-command.ts');
      await runWorkerCommand(flags);
    });
  const server = program
    .command('server')
    .description('run Temporal and a worker on this machine, with nothing to install beforehand')
    .option('--port <port>', 'port of Temporal', parsePort, 7233)
    .option('--ui-port <port>', "port of Temporal's UI", parsePort, 8233)
    .option(
      '--ip <address>',
      'address to listen on; there is no login, so whoever reaches it can use it',
      '127.0.0.1',
    )
    .option('--db <file>', 'SQLite file of all workflows (default: $MESHWRIGHT_HOME/temporal.db)')
    .option('--no-worker', 'Temporal alone')
    .option('--detach', 'return when it is ready; `meshwright server stop` ends it', false)
    .addHelpText(
      'after',
      '\nEither part is started again when it dies; workflows go on where they stood. Ctrl-C stops all.',
    )
    .action(async (flags: ServerFlags) => {
      loadFast();
      const { runServerCommand } = await import('./server-command.ts');
      await runServerCommand(flags, parts);
    });
  server
    .command('stop')
    .description('end the server of this machine; workflows stay in its database')
    .option('--db <file>', 'database of that server (default: $MESHWRIGHT_HOME/temporal.db)')
    .action(async (_flags: unknown, command: Command) => {
      const { runServerStopCommand } = await import('./server-command.ts');
      await runServerStopCommand(command.optsWithGlobals<{ db?: string }>());
    });
  addCodecServerCommand(program);
}

function addCodecServerCommand(program: Command): void {
  program
    .command('codec-server')
    .description("show encrypted payloads in Temporal's UI and CLI, on this machine")
    .option('--port <port>', 'port, on 127.0.0.1', parsePort, 8234)
    .option('--ui <url...>', 'web UIs whose pages may ask', [
      'http://localhost:8233',
      'http://127.0.0.1:8233',
    ])
    .option('--token-file <file>', 'file with a bearer token that every request must show')
    .addHelpText(
      'after',
      '\nIt decodes with the keys of MESHWRIGHT_PAYLOAD_KEYS. How to tell the UI and `temporal` of it: docs/encryption.md',
    )
    .action(async (flags: CodecServerFlags) => {
      const { runCodecServerCommand } = await import('./codec-server-command.ts');
      await runCodecServerCommand(flags);
    });
}

/**
 * Adds `inject` to the program. It runs where a worker does, with its kubeconfig and its istioctl, and not through Temporal: manifests may hold
 * Secrets, and what passes through Temporal is history.
 */
export function addInjectCommand(program: Command): void {
  program
    .command('inject')
    .description('add sidecars to manifests, for pods outside of injected namespaces')
    .requiredOption('-f, --file <file>', 'manifests, - for stdin')
    .requiredOption('--cluster <name>', 'cluster of the mesh that the manifests are for')
    .option('--mesh <file>', 'mesh file (default: MESHWRIGHT_FILE, else ./mesh.yaml)')
    .addHelpText(
      'after',
      [
        '',
        '  meshwright inject -f app.yaml --cluster cluster2 | kubectl --context cluster2 apply -f -',
        '',
        'Run it on a machine that a worker could run on: it reads the configuration of the control plane with the kubeconfig of this machine and',
        'injects with its istioctl. Nothing goes through Temporal. Every workload of the file gets a sidecar of that cluster, but those on the network',
        'of their node and those with sidecar.istio.io/inject: "false". A workload keeps its sidecar until it is injected and applied anew.',
      ].join('\n'),
    )
    .action(async (flags: InjectFlags) => {
      const { runInjectCommand } = await import('./inject-command.ts');
      await runInjectCommand(flags);
    });
}

/** Keeps compiled code between runs: a worker then loads in half the time, so a killed one is back sooner. */
function loadFast(): void {
  enableCompileCache(join(folders().cache, 'compiled'));
}

/** The table of environment variables as text. */
export function variablesHelp(): string {
  const width = Math.max(...WORKER_VARIABLES.map(({ name }) => name.length));
  const lines = WORKER_VARIABLES.map(
    ({ name, fallback, meaning }) => `  ${name.padEnd(width)}  ${meaning} (default: ${fallback})`,
  );
  return ['Environment:', ...lines].join('\n');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError(`"${text}" is no port; give a number from 1 to 65535`);
}
