import type { ExitCode } from './exit-codes.ts';

/** What belongs to a failure besides its sentence. */
export type FailureBlock = {
  /** Further lines, shown below the sentence as they are. */
  lines?: readonly string[];
  /** What to do about it: sentences or exact commands, one each. */
  cures?: readonly string[];
};

/** Why a command cannot do what it was asked. Shown as one block, never with a stack trace. */
export class ClientFailure extends Error {
  override readonly name = 'ClientFailure';
  /** Code the program ends with. */
  readonly exitCode: ExitCode;
  /** Further lines. */
  readonly lines: readonly string[];
  /** What to do about it. */
  readonly cures: readonly string[];

  /** Makes a failure; the message is lower case, without a full stop, and names the wrong value. */
  constructor(
    exitCode: ExitCode,
    message: string,
    block: FailureBlock = {},
    options: ErrorOptions = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.lines = block.lines ?? [];
    this.cures = block.cures ?? [];
  }
}
