import type { Command } from 'commander';
import { CLIENT_VARIABLES } from '../client/environment.ts';
import { exitCodesHelp } from '../client/exit-codes.ts';
import { nearestName } from '../mesh/spec/nearest-name.ts';
import { variablesHelp } from '../worker/cli.ts';

/** Texts that belong to no single command. */
const TOPICS: { readonly [topic: string]: () => string } = {
  'exit-codes': exitCodesHelp,
  environment: environmentHelp,
};

/** Adds `help`: of a command, or on a topic. */
export function addHelpCommand(program: Command): void {
  program
    .command('help')
    .description(`help on a command, or on a topic: ${Object.keys(TOPICS).join(', ')}`)
    .argument('[words...]', 'command or topic')
    .action((words: string[]) => showHelp(program, words));
}

function showHelp(program: Command, words: readonly string[]): void {
  const topic = TOPICS[words[0] ?? ''];
  if (words.length === 1 && topic !== undefined) {
    process.stdout.write(`${topic()}\n`);
    return;
  }
  let command = program;
  for (const word of words) {
    const names = command.commands.map((candidate) => candidate.name());
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) {
      const near = nearestName(
        word,
        command === program ? [...names, ...Object.keys(TOPICS)] : names,
      );
      program.error(
        `error: no help on '${words.join(' ')}'${near === null ? '' : `\n(Did you mean ${near}?)`}`,
      );
    }
    command = next;
  }
  command.outputHelp();
}

function environmentHelp(): string {
  const width = Math.max(...CLIENT_VARIABLES.map(({ name }) => name.length));
  const lines = CLIENT_VARIABLES.map(({ name, meaning }) => `  ${name.padEnd(width)}  ${meaning}`);
  return [
    'Commands about meshes read, below their flags and above temporal.toml:',
    ...lines,
    '',
    '`meshwright worker` and `meshwright server` read:',
    ...variablesHelp().split('\n').slice(1),
  ].join('\n');
}
