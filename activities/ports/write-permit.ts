/**
 * Leave of one attempt to write to the world. An attempt that a later one has superseded, in a process that was frozen or cut off from Temporal,
 * believes itself alive: it gets none.
 */
export interface WritePermit {
  /**
   * Resolves when the attempt is the current one of its step and stays so for a while; waits while that cannot be known.
   * @throws the reason of the attempt's signal once the attempt is over.
   */
  confirmed(): Promise<void>;
  /** Whether the last confirmation holds at this instant; asked right before the first byte of a write leaves. */
  holds(): boolean;
}
