/** How a command ended, for scripts; documented by `meshwright help exit-codes`. */
export const EXIT = {
  /** Done, healthy, no differences. */
  ok: 0,
  /** An operation or a check failed. */
  failed: 1,
  /** Wrong usage, invalid mesh file, confirmation refused. */
  usage: 2,
  /** A run waits for a person. */
  blocked: 3,
  /** Temporal is out of reach or refuses the credentials. */
  unreachable: 4,
  /** No worker polls the task queue. */
  noWorker: 5,
  /** `--timeout` passed; the run goes on. */
  timedOut: 124,
  /** Ctrl-C; the run goes on. */
  interrupted: 130,
  /** Nobody reads the output any more: 128 and the number of SIGPIPE, as of other programs; the run goes on. */
  unread: 141,
} as const;

/** One of the documented codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The table that people read, in its order. */
export const EXIT_CODE_MEANINGS: readonly { code: ExitCode; meaning: string }[] = [
  { code: EXIT.ok, meaning: 'done, healthy, nothing to change' },
  { code: EXIT.failed, meaning: 'the operation or a check failed, or there is no such mesh' },
  {
    code: EXIT.usage,
    meaning: 'wrong usage, invalid mesh file, or a confirmation that was refused',
  },
  {
    code: EXIT.blocked,
    meaning: 'the run is blocked: a step waits for a person, see `meshwright retry`',
  },
  { code: EXIT.unreachable, meaning: 'Temporal cannot be reached, or refuses the credentials' },
  { code: EXIT.noWorker, meaning: 'no worker polls the task queue' },
  { code: EXIT.timedOut, meaning: '--timeout passed; the run goes on' },
  { code: EXIT.interrupted, meaning: 'Ctrl-C; the run goes on' },
  {
    code: EXIT.unread,
    meaning: 'nobody reads the output any more, as with `| head`; the run goes on',
  },
];

/** The text of `meshwright help exit-codes`. */
export function exitCodesHelp(): string {
  return [
    'Exit codes of every command:',
    ...EXIT_CODE_MEANINGS.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`),
    '',
    '`status` ends like the operation it shows: 0 while it runs or when it succeeded, 3 when it is blocked, 1 when it failed.',
  ].join('\n');
}
