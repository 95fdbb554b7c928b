import type { TemporalAccess } from './connection.ts';
import { readEnvironment } from './environment.ts';
import type { ClientEnvironment } from './environment.ts';
import type { ExitCode } from './exit-codes.ts';
import type { ClientFlags } from './options.ts';
import { Output } from './output.ts';
import { painted } from './render/look.ts';
import { uiLink } from './ui-link.ts';

/** What a command works with. */
export type Session = {
  /** What was read from the environment. */
  environment: ClientEnvironment;
  /** Where it writes. */
  output: Output;
  /** Who asks. */
  requester: string;
};

/** What a command that talks to Temporal works with. */
export type TemporalSession = Session & {
  /** The open connection. */
  access: TemporalAccess;
  /** Link to a run in Temporal's UI. */
  link(workflowId: string, runId: string): string;
};

/** Longest silence while connecting, in milliseconds. */
const SILENCE_MS = 1_000;

/** Makes a session; nothing is read but the environment. */
export function openSession(flags: ClientFlags): Session {
  const environment = readEnvironment();
  return { environment, output: new Output(flags, environment), requester: environment.requester };
}

/** Runs a command with a connection to Temporal, which is closed afterwards; its answer becomes the exit code. */
export async function withTemporal(
  session: Session,
  flags: ClientFlags,
  command: (session: TemporalSession) => Promise<ExitCode>,
): Promise<void> {
  const { environment, output, requester } = session;
  const { readTemporalTarget } = await import('./temporal-target.ts');
  const target = readTemporalTarget(flags, environment);
  const { readPayloadKeys } = await import('../codec/payload-keys.ts');
  const keys = readPayloadKeys(environment.payloadKeys);
  const silence = setTimeout(
    () => output.note([painted(`connecting to Temporal at ${target.address} …`, 'dim')]),
    SILENCE_MS,
  );
  let access: TemporalAccess;
  try {
    const { openTemporal } = await import('./connection.ts');
    access = await openTemporal(target, requester, keys);
  } finally {
    clearTimeout(silence);
  }
  const place = { ...target, uiUrl: environment.uiUrl };
  try {
    process.exitCode = await command({
      ...session,
      access,
      link: (workflowId, runId) => uiLink(place, workflowId, runId),
    });
  } finally {
    await access.connection.close();
  }
}
