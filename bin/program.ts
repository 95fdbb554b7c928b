import { Command, CommanderError } from 'commander';
import { addClientCommands } from '../client/cli.ts';
import { EXIT } from '../client/exit-codes.ts';
import { programVersion } from '../client/program-version.ts';
import { addSandboxCommands } from '../sandbox/cli.ts';
import { addInjectCommand, addWorkerCommands } from '../worker/cli.ts';
import { addHelpCommand } from './help-command.ts';
import { endOnLostOutput } from './lost-output.ts';
import { reportFailure } from './report-failure.ts';

/** Builds the program: all commands, none of what they run. */
export function buildProgram(): Command {
  const program = new Command('meshwright')
    .description('Durable, resumable installation of Istio meshes across Kubernetes clusters.')
    .version(programVersion(), '-V, --version', 'print the version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ sortSubcommands: false });
  program.commandsGroup('Meshes:');
  addClientCommands(program);
  addInjectCommand(program);
  program.commandsGroup('Where they run:');
  addWorkerCommands(program, {
    async resolvePart(part, say) {
      const { resolvePart } = await import('../sandbox/toolchain/resolve.ts');
      const { callerEnvironment } = await import('../sandbox/environment.ts');
      return resolvePart(part, {
        env: callerEnvironment(),
        onProgress: ({ verbose, text }) => (verbose ? undefined : say(text)),
      });
    },
  });
  addSandboxCommands(program);
  program.commandsGroup('More:');
  addHelpCommand(program);
  return program;
}

/** Runs the program with the words of a command line; how it ended becomes the process's exit code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  endOnLostOutput(argv);
  try {
    await buildProgram().parseAsync([...argv]);
  } catch (error) {
    // commander has said what is wrong; help and version were asked for
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else process.exitCode = await reportFailure(error, argv);
  }
}
