import { isatty } from 'node:tty';
import type { ClientEnvironment } from './environment.ts';
import { writeLines } from './render/look.ts';
import type { Line, Look } from './render/look.ts';
import { lookFor } from './settings.ts';
import type { ShowFlags } from './settings.ts';

/** Where a command writes: its answer to stdout, all else to stderr, so that the answer can be piped. */
export class Output {
  readonly #flags: ShowFlags;
  readonly #environment: ClientEnvironment;

  /** Writes as flags and environment want it. */
  constructor(flags: ShowFlags, environment: ClientEnvironment) {
    this.#flags = flags;
    this.#environment = environment;
  }

  /** How things are shown on stdout now; a terminal may be resized at any time. */
  get answerLook(): Look {
    return lookFor(process.stdout, this.#flags, this.#environment, Date.now());
  }

  /** How things are shown on stderr now. */
  get noteLook(): Look {
    return lookFor(process.stderr, this.#flags, this.#environment, Date.now());
  }

  /** Writes the answer: lines for people, or the value for programs, as `--output` says; its events where it has some and the format is one of events. */
  async answer(
    value: object,
    lines: (look: Look, wide: boolean) => readonly Line[],
    events: () => readonly object[] = () => [value],
  ): Promise<void> {
    const { output = 'table' } = this.#flags;
    if (output === 'json') return this.#toStdout(`${JSON.stringify(value, null, 2)}\n`);
    if (output === 'yaml') {
      const { stringify } = await import('yaml');
      return this.#toStdout(stringify(value, { aliasDuplicateObjects: false }));
    }
    if (output === 'jsonl') {
      for (const event of events()) this.#toStdout(`${JSON.stringify(event)}\n`);
      return;
    }
    const look = this.answerLook;
    this.#toStdout(written(lines(look, output === 'wide'), look));
  }

  /** Writes text as it is to stdout. */
  text(text: string): void {
    this.#toStdout(`${text}\n`);
  }

  /** Writes notes for people to stderr; `--progress quiet` has none. */
  note(...lines: Line[]): void {
    if (this.#flags.progress === 'quiet') return;
    this.report(lines);
  }

  /** Writes to stderr what must be said in any case; under `--progress jsonl` as an object, like everything there. */
  report(lines: readonly Line[]): void {
    const text = written(lines, this.noteLook);
    const object = { at: new Date().toISOString(), text: text.trimEnd() };
    process.stderr.write(this.#flags.progress === 'jsonl' ? `${JSON.stringify(object)}\n` : text);
  }

  /** Whether a person can be asked: they see the question and can type the answer. */
  canAsk(): boolean {
    return isatty(0) && process.stderr.isTTY === true;
  }

  /** Whether the answer is for programs. */
  get forPrograms(): boolean {
    return this.#flags.output === 'json' || this.#flags.output === 'yaml';
  }

  #toStdout(text: string): void {
    process.stdout.write(text);
  }
}

/** Text for people is never cut outside the live tree: a cut command or link cannot be copied. */
function written(lines: readonly Line[], look: Look): string {
  return writeLines(lines, { ...look, width: null })
    .map((line) => `${line}\n`)
    .join('');
}
