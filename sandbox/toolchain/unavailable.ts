/**
 * A part cannot be had on this machine. The CLI prints `message`, then `cure`, and exits with code 2.
 */
export class ToolchainUnavailable extends Error {
  override readonly name = 'ToolchainUnavailable';
  /** What to do about it, as a sentence or an exact command. */
  readonly cure: string;

  constructor(message: string, cure: string, options?: ErrorOptions) {
    super(message, options);
    this.cure = cure;
  }
}
