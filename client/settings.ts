import type { ClientEnvironment } from './environment.ts';
import type { Look } from './render/look.ts';

/** Formats of an answer. */
export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml'] as const;
/** Format of an answer; `jsonl` of those that are lists of events. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number] | 'jsonl';

/** Ways of showing progress. */
export const PROGRESS_MODES = ['auto', 'tty', 'plain', 'jsonl', 'quiet'] as const;
/** Way of showing progress. */
export type ProgressMode = (typeof PROGRESS_MODES)[number];

/** Flags about what is shown and how; which of them a command takes is its own choice. */
export type ShowFlags = {
  /** Format of the answer. @default `table` */
  output?: OutputFormat;
  /** Way of showing progress. @default `auto` */
  progress?: ProgressMode;
  /** When to use colour. @default `auto` */
  color?: 'auto' | 'always' | 'never';
  /** Whether only ASCII is shown. */
  ascii?: boolean;
  /** How times are shown to people. @default `relative` */
  timeFormat?: 'relative' | 'iso';
};

/** What is known of a stream that people may read. */
export type StreamFacts = {
  /** Whether it is a terminal. */
  isTTY?: boolean | undefined;
  /** Columns of the terminal. */
  columns?: number | undefined;
  /** Rows of the terminal. */
  rows?: number | undefined;
};

/** Decides how to show things on a stream. */
export function lookFor(
  stream: StreamFacts,
  flags: ShowFlags,
  environment: ClientEnvironment,
  now: number,
): Look {
  const tty = stream.isTTY === true;
  return {
    width: tty ? (stream.columns ?? null) : null,
    height: tty ? (stream.rows ?? null) : null,
    ascii: flags.ascii === true || !environment.utf8,
    color: flags.color === 'always' || (flags.color !== 'never' && (environment.color ?? tty)),
    now,
    timeFormat: flags.timeFormat ?? 'relative',
  };
}

/** Decides how to show progress: a live tree only where a cursor can be moved. */
export function progressModeFor(
  stream: StreamFacts,
  flags: ShowFlags,
  environment: ClientEnvironment,
): Exclude<ProgressMode, 'auto'> {
  const { progress = 'auto' } = flags;
  if (progress !== 'auto') return progress;
  return stream.isTTY === true && environment.liveTerminal ? 'tty' : 'plain';
}
