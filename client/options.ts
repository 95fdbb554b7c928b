import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { LONGEST_DURATION_MS, parseDuration } from '../mesh/spec/duration.ts';
import { ClientFailure } from './client-failure.ts';
import { EXIT } from './exit-codes.ts';
import { OUTPUT_FORMATS, PROGRESS_MODES } from './settings.ts';
import type { OutputFormat, ShowFlags } from './settings.ts';
import type { TemporalFlags } from './temporal-target.ts';

/** Flags that every command about a mesh takes. */
export type ClientFlags = ShowFlags &
  TemporalFlags & {
    /** Says more, stack traces included. */
    verbose?: boolean;
  };

/** Adds the flags of a command's answer. */
export function addShowOptions(
  command: Command,
  formats: readonly OutputFormat[] = without('wide'),
): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'format of the answer on stdout')
        .choices([...formats])
        .default('table'),
    )
    .addOption(
      new Option('--color <when>', 'colour; NO_COLOR and FORCE_COLOR work too')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('--ascii', 'ASCII only, as without a UTF-8 locale')
    .addOption(
      new Option('--time-format <format>', 'times for people')
        .choices(['relative', 'iso'])
        .default('relative'),
    )
    .option('--verbose', 'say more, stack traces of unexpected errors included');
}

/** Adds the flags of commands that take a while. */
export function addProgressOption(command: Command): Command {
  return command.addOption(
    new Option('--progress <mode>', 'progress on stderr; auto is tty on a terminal, else plain')
      .choices([...PROGRESS_MODES])
      .default('auto'),
  );
}

/** Adds the flags that say where Temporal is. */
export function addTemporalOptions(command: Command): Command {
  return command
    .option('--address <host:port>', 'Temporal server (TEMPORAL_ADDRESS)')
    .option(
      '-n, --namespace <name>',
      'Temporal namespace, not a Kubernetes one (TEMPORAL_NAMESPACE)',
    )
    .option('--profile <name>', 'profile in temporal.toml (TEMPORAL_PROFILE)');
}

/** Adds `--timeout` with a default, in the form of durations in mesh files; undefined for no limit. */
export function addTimeoutOption(command: Command, byDefault?: string): Command {
  const option = new Option(
    '--timeout <duration>',
    'how long to wait, e.g. 30m; bounds the waiting, not the run (exit 124)',
  ).argParser(readDuration);
  return command.addOption(
    byDefault === undefined ? option : option.default(readDuration(byDefault), byDefault),
  );
}

/** Adds `--leave-after`. */
export function addLeaveAfterOption(command: Command): Command {
  const byDefault = '2m';
  return command.addOption(
    new Option(
      '--leave-after <duration>',
      'leave a cluster behind that cannot be reached for so long',
    )
      .argParser(readDuration)
      .default(readDuration(byDefault), byDefault),
  );
}

/** Adds `-f`. */
export function addFileOption(command: Command): Command {
  return command.option(
    '-f, --file <file>',
    'mesh file, - for stdin (default: MESHWRIGHT_FILE, else ./mesh.yaml)',
  );
}

/** Adds the argument MESH. */
export function addMeshArgument(command: Command): Command {
  return command.argument('<mesh>', "the mesh's metadata.name", readMeshName);
}

/** Formats of an answer but some. */
export function without(...formats: OutputFormat[]): OutputFormat[] {
  return OUTPUT_FORMATS.filter((format) => !formats.includes(format));
}

/** Reads a duration such as `1h30m` into milliseconds. */
export function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0 || ms > LONGEST_DURATION_MS) {
    throw new InvalidArgumentError('write it like 90s, 10m or 1h30m, at most 168h.');
  }
  return ms;
}

/** Reads a mesh's name; it becomes part of workflow ids and of queries. */
export function readMeshName(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError(
    'a mesh has a DNS label for a name: lower-case letters, digits and "-".',
  );
}

/**
 * Reads a reason that must not be empty.
 * @throws {ClientFailure} 2: it is, or it is too long
 */
export function readReason(text: string): string {
  const reason = text.trim();
  // said without the text itself, which may be long
  if (reason === '' || reason.length > 500)
    throw new ClientFailure(
      EXIT.usage,
      `the reason has ${reason.length} characters: say why in 1 to 500`,
    );
  return reason;
}

/** Reads a count from 1 to 1000. */
export function readLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new InvalidArgumentError('it takes 1 to 1000.');
  return limit;
}
