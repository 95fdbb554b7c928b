import type { Command } from 'commander';
import { OPERATION_UPDATES } from '../contract/decisions.ts';
import type { OperationUpdate } from '../contract/decisions.ts';
import type { DecideFlags } from './commands/decide.ts';
import type { HistoryFlags } from './commands/history.ts';
import type { InstallFlags } from './commands/install.ts';
import type { PlanFlags } from './commands/plan.ts';
import type { StatusFlags } from './commands/status.ts';
import type { SyncFlags } from './commands/sync.ts';
import type { UninstallFlags } from './commands/uninstall.ts';
import type { VerifyFlags } from './commands/verify.ts';
import {
  addFileOption,
  addLeaveAfterOption,
  addMeshArgument,
  addProgressOption,
  addShowOptions,
  addTemporalOptions,
  addTimeoutOption,
  readLimit,
  readMeshName,
  readReason,
  without,
} from './options.ts';
import type { ClientFlags } from './options.ts';
import { OUTPUT_FORMATS } from './settings.ts';

/** Adds the commands that ask Temporal about meshes. What they run is loaded when they run. */
export function addClientCommands(program: Command): void {
  addPlan(program);
  addInstall(program);
  addUninstall(program);
  addStatus(program);
  addVerify(program);
  addHistory(program);
  addStepDecisions(program);
  addOperationDecisions(program);
  addSync(program);
  program
    .command('schema')
    .description('print the JSON Schema of mesh files')
    .addHelpText(
      'after',
      '\n  meshwright schema > mesh.schema.json\n\nFirst line of a mesh file, for editors:\n  # yaml-language-server: $schema=./mesh.schema.json',
    )
    .action(async () => (await import('./commands/schema.ts')).runSchemaCommand());
  addShowOptions(
    program.command('version').description('print the versions of this program and its parts'),
  ).action(async (flags: ClientFlags) =>
    (await import('./commands/version.ts')).runVersionCommand(flags),
  );
}

const WHERE = '\nContexts and files of clusters are resolved on the worker, not on this machine.';

function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('show what install would do; changes nothing');
  addFileOption(command);
  addTimeoutOption(command, '5m');
  addTemporalOptions(addProgressOption(addShowOptions(command, OUTPUT_FORMATS)));
  command
    .addHelpText('after', WHERE)
    .action(async (flags: PlanFlags) => (await import('./commands/plan.ts')).runPlanCommand(flags));
}

function addInstall(program: Command): void {
  const command = program
    .command('install')
    .description(
      'make clusters one mesh, or bring a mesh to what its file says: plan, confirm, run, follow',
    );
  addFileOption(command)
    .option('-y, --yes', 'do not ask')
    .option(
      '--confirm <mesh>',
      'with --yes: clusters that have left the file may be removed from the mesh',
    )
    .option(
      '--forget <cluster...>',
      'clusters that have left the file and are gone for good: nothing is cleaned up in them',
    )
    .option('--detach', 'return as soon as it is started')
    .option('--reason <text>', 'why, for the history', readReason);
  addTimeoutOption(command);
  addTemporalOptions(addProgressOption(addShowOptions(command)));
  command
    .addHelpText(
      'after',
      `${WHERE}\nCtrl-C detaches; it never stops the install. The same install again attaches to the one that runs.\nWith --yes the others go on without a cluster that is away for a minute, and it is attached when it is back.\nExit codes: meshwright help exit-codes`,
    )
    .action(async (flags: InstallFlags) =>
      (await import('./commands/install.ts')).runInstallCommand(flags),
    );
}

function addUninstall(program: Command): void {
  const command = addMeshArgument(
    program
      .command('uninstall')
      .description('remove a mesh from all its clusters: show, confirm, run, follow'),
  )
    .option(
      '-f, --file <file>',
      "mesh file, - for stdin (default: that of the mesh's last install)",
    )
    .option('-y, --yes', 'do not ask; goes with --confirm')
    .option('--confirm <mesh>', 'with --yes: the name of the mesh, instead of typing it')
    .option('--crds', "Istio's definitions too, where no object of their kinds is left")
    .option('--force', 'although something outside of the mesh is still linked to it')
    .option(
      '--forget <cluster...>',
      'clusters that are gone for good: nothing is cleaned up in them',
    )
    .option('--detach', 'return as soon as it is started')
    .option('--reason <text>', 'why, for the history', readReason);
  addLeaveAfterOption(command);
  addTimeoutOption(command);
  addTemporalOptions(addProgressOption(addShowOptions(command)));
  command
    .addHelpText(
      'after',
      `${WHERE}\nA cluster that was left behind is cleaned by the next uninstall. Ctrl-C detaches; it never stops the uninstall.\nExit codes: meshwright help exit-codes`,
    )
    .action(async (mesh: string, flags: UninstallFlags) =>
      (await import('./commands/uninstall.ts')).runUninstallCommand(mesh, flags),
    );
}

function addStatus(program: Command): void {
  const command = addMeshArgument(
    program.command('status').description('show where a mesh stands, at every stage'),
  );
  command.option('-w, --watch', 'follow until the operation is over');
  addTimeoutOption(command);
  addTemporalOptions(addProgressOption(addShowOptions(command, OUTPUT_FORMATS)));
  command.action(async (mesh: string, flags: StatusFlags) =>
    (await import('./commands/status.ts')).runStatusCommand(mesh, flags),
  );
}

function addVerify(program: Command): void {
  const command = addMeshArgument(
    program
      .command('verify')
      .description(
        'send real requests from every cluster to every cluster; cleans up after itself',
      ),
  );
  command
    .option(
      '-f, --file <file>',
      "mesh file, - for stdin (default: that of the mesh's last install)",
    )
    .option('--reason <text>', 'why, for the history', readReason);
  addTimeoutOption(command);
  addTemporalOptions(addProgressOption(addShowOptions(command)));
  command.action(async (mesh: string, flags: VerifyFlags) =>
    (await import('./commands/verify.ts')).runVerifyCommand(mesh, flags),
  );
}

function addHistory(program: Command): void {
  const command = program
    .command('history')
    .description('show what was done to a mesh, by whom, when and why')
    .argument('[mesh]', "the mesh's metadata.name; not needed with --from", readMeshName)
    .argument('[run]', 'one run, by the beginning of its id')
    .option('--plans', 'plans too, which change nothing')
    .option('--sync', 'what the sync wrote: when, where, before and after')
    .option('--limit <n>', 'at most so many operations, or writes of the sync', readLimit, 20)
    .option('--export <file>', 'write everything to a file, which outlives what Temporal keeps')
    .option('--force', 'with --export: replace the file')
    .option('--from <file>', 'read what was exported; needs no Temporal');
  addTemporalOptions(addShowOptions(command, [...without('wide'), 'jsonl']));
  command.action(async (mesh: string | undefined, run: string | undefined, flags: HistoryFlags) =>
    (await import('./commands/history.ts')).runHistoryCommand(mesh, run, flags),
  );
}

function addStepDecisions(program: Command): void {
  const decisions = [
    { verb: 'retry', what: 'run a blocked step again, and follow', run: 'runRetryCommand' },
    {
      verb: 'skip',
      what: 'go on without a blocked step; says what will be missing',
      run: 'runSkipCommand',
    },
  ] as const;
  for (const { verb, what, run } of decisions) {
    const command = addMeshArgument(program.command(verb).description(what)).argument(
      '<step>',
      'id of the step, as status shows it, e.g. cluster2/await-gateway-address',
    );
    addDecisionOptions(command).action(async (mesh: string, step: string, flags: DecideFlags) =>
      (await import('./commands/decide.ts'))[run](mesh, step, flags),
    );
  }
}

const OPERATION_DECISIONS: { readonly [U in OperationUpdate]: { what: string; asks: boolean } } = {
  abort: { what: 'give up an operation in which a step is blocked', asks: true },
  pause: { what: 'let no new step start; what runs goes on', asks: false },
  resume: { what: 'go on after a pause, and follow', asks: false },
  cancel: { what: 'stop an operation; the next install goes on from what is there', asks: true },
};

function addOperationDecisions(program: Command): void {
  for (const update of OPERATION_UPDATES) {
    const { what, asks } = OPERATION_DECISIONS[update];
    const command = addMeshArgument(program.command(update).description(what));
    if (asks)
      command
        .option('-y, --yes', 'do not ask; goes with --confirm')
        .option('--confirm <mesh>', 'with --yes: the name of the mesh, instead of typing it');
    if (update === 'cancel')
      command.option('--undo', 'take back what this install made, before it ends');
    addDecisionOptions(command).action(async (mesh: string, flags: DecideFlags) =>
      (await import('./commands/decide.ts')).runOperationDecision(update, mesh, flags),
    );
  }
}

function addDecisionOptions(command: Command): Command {
  command
    .requiredOption('--reason <text>', 'why, for the history', readReason)
    .option('--detach', 'return as soon as it is accepted');
  addTimeoutOption(command);
  return addTemporalOptions(addProgressOption(addShowOptions(command)));
}

function addSync(program: Command): void {
  const command = addMeshArgument(
    program
      .command('sync')
      .description('show what keeps the addresses of a mesh right after its install'),
  );
  command
    .option('--now', 'look at everything now, and try again what could not be written')
    .option('--stop', 'follow no more; the next install begins it again')
    .option('--reason <text>', 'why, for the history', readReason);
  addTemporalOptions(addShowOptions(command));
  command.action(async (mesh: string, flags: SyncFlags) =>
    (await import('./commands/sync.ts')).runSyncCommand(mesh, flags),
  );
}
