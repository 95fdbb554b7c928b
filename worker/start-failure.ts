/** Why `worker` or `server` cannot do what it was asked; the CLI prints message and cure and exits with the code. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  /** What to do about it: a sentence or an exact command. */
  readonly cure: string;
  /** Exit code: 2 for what the user gave, 4 for Temporal out of reach or refusing. */
  readonly exitCode: 1 | 2 | 4;
  /** More about it, a line each. */
  readonly lines: readonly string[];

  /** Makes a failure; the message is lower case, without a full stop, and names the wrong value. */
  constructor(
    message: string,
    cure: string,
    exitCode: 1 | 2 | 4 = 2,
    lines: readonly string[] = [],
  ) {
    super(message);
    this.cure = cure;
    this.exitCode = exitCode;
    this.lines = lines;
  }
}

/** What the server keeps cannot be written: a read-only home, a full disk, a folder of somebody else. */
export function cannotWrite(path: string): (error: Error) => never {
  return ({ message }) => {
    throw new StartFailure(
      `${path} cannot be written: ${message}`,
      'name a folder that can be with MESHWRIGHT_HOME',
    );
  };
}
