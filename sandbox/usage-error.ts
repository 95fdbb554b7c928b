/**
 * A request that cannot be carried out as it stands: wrong usage, or a machine that cannot host
 * the sandbox. The command line ends with exit code 2 and prints the message alone.
 */
export class UsageError extends Error {
  override name = 'UsageError';
}
