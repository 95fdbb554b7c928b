import { setTimeout as pause } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalTarget } from './config.ts';
import { StartFailure } from './start-failure.ts';

/** Says a line to whoever started the worker. */
export type Say = (line: string) => void;

/** Longest pause between two attempts to reach Temporal, in milliseconds. */
const LONGEST_PAUSE_MS = 2_000;
/** How often a wait says again that it goes on, in milliseconds. */
const STILL_WAITING_EVERY_MS = 60_000;

/** gRPC status codes of a server that is there and refuses us: PERMISSION_DENIED, UNAUTHENTICATED. */
const REFUSED = [7, 16];

/**
 * Connects to Temporal, waiting for it as long as it takes and saying so.
 * @throws {StartFailure} when Temporal is there and refuses the credentials
 */
export async function connectWhenReachable(
  target: TemporalTarget,
  say: Say,
  signal: AbortSignal,
): Promise<NativeConnection> {
  const wait = beginWait(say);
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    try {
      const connection = await NativeConnection.connect(target.connection);
      wait.over(`Temporal at ${target.address} answers`);
      return connection;
    } catch (error) {
      refuseIfRefused(error, target);
      wait.goesOn(`waiting for Temporal at ${target.address}: ${plainReason(error)}`);
    }
    await pause(pauseMs, undefined, { signal });
  }
}

/** @throws {StartFailure} when the error says that Temporal is there and does not let us in */
export function refuseIfRefused(error: unknown, target: TemporalTarget): void {
  if (!isGrpcServiceError(error) || !REFUSED.includes(error.code)) return;
  throw new StartFailure(
    `Temporal at ${target.address} refuses us in namespace "${target.namespace}": ${error.details}`,
    'look at TEMPORAL_API_KEY, TEMPORAL_NAMESPACE and TEMPORAL_TLS_*, or at the profile in temporal.toml',
    4,
  );
}

/** A wait that speaks when it begins, when its reason changes, once a minute, and when it is over. */
export function beginWait(say: Say): { goesOn(line: string): void; over(line: string): void } {
  let last: { line: string; at: number } | undefined;
  return {
    goesOn(line) {
      if (last?.line === line && Date.now() - last.at < STILL_WAITING_EVERY_MS) return;
      say(last?.line === line ? `still ${line}` : line);
      last = { line, at: Date.now() };
    },
    over(line) {
      if (last !== undefined) say(line);
    },
  };
}

/** Digs the reason a person understands out of what the native client says. */
export function plainReason(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  const inner = /(?:message|error): \\?"([^"\\]+)/.exec(said)?.[1];
  return (inner ?? said).toLowerCase();
}
