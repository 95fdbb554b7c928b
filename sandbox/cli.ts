import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { parseDurationMs } from './duration.ts';
import { faultHelp } from './fault.ts';
import type { UpFlags } from './run-up.ts';

/** Adds the commands of the sandbox to a program; what they do is loaded when one of them runs. */
export function addSandboxCommands(program: Command): void {
  const sandbox = program
    .command('sandbox')
    .description('real Kubernetes clusters on this Linux machine, without a container engine');

  withDir(sandbox.command('up'))
    .description('start clusters and write .sandbox/kubeconfig and .sandbox/mesh.yaml')
    .option('--clusters <n>', 'number of clusters, 1 to 10', readCount, 2)
    .option(
      '--networks <layout>',
      'separate, flat, or cluster1=net-a,cluster2=net-a,cluster3=net-b',
      'separate',
    )
    .option(
      '--lb-delay <duration>',
      'time before a load balancer gets its address, like 20s',
      readDelay,
      0,
    )
    .option(
      '--gateways <mode>',
      'form of the networks in mesh.yaml: meshNetworks or discovered',
      readGateways,
      'meshNetworks',
    )
    .option('--detach', 'return when all clusters are usable; end it with "sandbox down"')
    .addHelpText(
      'after',
      '\nWithout --detach it runs until Ctrl-C. First use builds the toolchain, once, about 13 minutes on 2 cores.',
    )
    .action(async (flags: UpFlags) => (await import('./run-up.ts')).runUp(flags));

  withDir(sandbox.command('status'))
    .description('show clusters, processes, load balancers and faults')
    .option('-o, --output <format>', 'table or json', readFormat, 'table')
    .action(async (flags: { dir: string; output: string }) =>
      (await import('./run-status.ts')).runStatus(flags.dir, flags.output),
    );

  withDir(sandbox.command('down'))
    .description('end the sandbox; keeps logs and mesh.yaml')
    .action(async (flags: { dir: string }) => (await import('./run-down.ts')).runDown(flags.dir));

  withDir(sandbox.command('fault'))
    .description('do something wrong to a cluster, or end that')
    .argument('<cluster>', 'cluster1 … clusterN')
    .argument('[fault...]', 'the fault and its words, see below')
    .option('--service <namespace/name>', 'one LoadBalancer Service instead of all')
    .option('--ttl <seconds>', 'time to live of a DNS answer', Number)
    .addHelpText('after', faultHelp)
    .action(
      async (
        cluster: string,
        words: string[],
        flags: { dir: string; service?: string; ttl?: number },
      ) => (await import('./run-fault.ts')).runFault(cluster, words, flags),
    );
}

function withDir(command: Command): Command {
  return command.option('--dir <path>', 'directory of everything the sandbox writes', '.sandbox');
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 10)
    throw new InvalidArgumentError('it takes 1 to 10.');
  return count;
}

function readDelay(text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function readGateways(text: string): string {
  if (text === 'meshNetworks' || text === 'discovered') return text;
  throw new InvalidArgumentError('it takes meshNetworks or discovered.');
}

function readFormat(text: string): string {
  if (text === 'table' || text === 'json') return text;
  throw new InvalidArgumentError('it takes table or json.');
}
