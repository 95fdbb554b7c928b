import { readEnvironment } from '../client/environment.ts';
import { payloadKeysFailureIn } from '../codec/payload-keys.ts';
import { EXIT } from '../client/exit-codes.ts';
import type { ExitCode } from '../client/exit-codes.ts';
import { painted, sign, writeLines } from '../client/render/look.ts';
import type { Line } from '../client/render/look.ts';
import { lookFor } from '../client/settings.ts';

/** What a failure of any part of the program may carry: each part has a class of its own, and all have this shape. */
type Understood = {
  message: string;
  lines: readonly string[];
  cures: readonly string[];
  exitCode: ExitCode;
};

/**
 * Says why a command failed, as one block, and answers the exit code. A stack trace is shown only of what nobody foresaw, and
 * only to who asked for it with --verbose or DEBUG.
 */
export async function reportFailure(error: unknown, argv: readonly string[]): Promise<ExitCode> {
  const environment = readEnvironment();
  const known =
    understood(error) ?? understood(payloadKeysFailureIn(error)) ?? (await temporalFailure(error));
  const verbose = argv.includes('--verbose') || environment.debug;
  const { message, lines, cures, exitCode } = known ?? unforeseen(error, verbose);
  const flags = {
    ascii: argv.includes('--ascii'),
    ...(argv.includes('--color=never') ? { color: 'never' as const } : {}),
  };
  const look = { ...lookFor(process.stderr, flags, environment, Date.now()), width: null };
  const block: Line[] = [
    [sign('failed', look), painted(` ${message}`, 'bold')],
    ...lines.map((line): Line => ['    ', line]),
    ...cures.map((cure, index): Line => [index === 0 ? '  try: ' : '       ', cure]),
  ];
  process.stderr.write(`${writeLines(block, look).join('\n')}\n`);
  if (verbose && error instanceof Error && error.stack !== undefined)
    process.stderr.write(`\n${error.stack}\n`);
  return exitCode;
}

/** Narrows an error that says by its shape what to do. */
function understood(error: unknown): Understood | null {
  if (!(error instanceof Error)) return null;
  const { name, message } = error;
  const { exitCode, lines, cures, cure, details } = error as Partial<Understood> & {
    cure?: string;
    details?: { cure?: string; lines?: string[] };
  };
  const block = { message, lines: lines ?? [], cures: cures ?? (cure === undefined ? [] : [cure]) };
  switch (name) {
    case 'ClientFailure':
    case 'StartFailure':
    case 'PayloadKeysFailure':
      return { ...block, exitCode: exitCode ?? EXIT.failed };
    case 'UsageError':
    case 'ToolchainUnavailable':
      return { ...block, exitCode: EXIT.usage };
    case 'MeshFailure':
      return {
        message,
        lines: details?.lines ?? [],
        cures: details?.cure === undefined ? [] : [details.cure],
        exitCode: EXIT.failed,
      };
    default:
      return null;
  }
}

/** What Temporal said, when it was Temporal; its client is loaded only when something failed. */
async function temporalFailure(error: unknown): Promise<Understood | null> {
  const { grpcCode, grpcText, isAway, GRPC } = await import('../client/grpc-errors.ts');
  const code = grpcCode(error);
  if (code === undefined) return null;
  const refused = code === GRPC.PERMISSION_DENIED || code === GRPC.UNAUTHENTICATED;
  return {
    message: `Temporal ${isAway(error) ? 'does not answer' : refused ? 'refuses the credentials' : 'refuses'}: ${grpcText(error)}`,
    lines: [],
    cures: refused
      ? ['look at TEMPORAL_API_KEY and TEMPORAL_TLS_*, or at the profile in temporal.toml']
      : isAway(error)
        ? ['try again']
        : [],
    exitCode: refused || isAway(error) ? EXIT.unreachable : EXIT.failed,
  };
}

function unforeseen(error: unknown, verbose: boolean): Understood {
  return {
    message: `unexpected: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    lines: ['this is a defect of meshwright'],
    cures: verbose ? [] : ['run it again with --verbose, or with DEBUG=1, and report what it says'],
    exitCode: EXIT.failed,
  };
}
