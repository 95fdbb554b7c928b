import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { FailureDetails } from '../../mesh/failure.ts';
import { FAILURES, isMeshFailure, type MeshFailure } from '../../mesh/failure.ts';
import { writtenBeforeFailure } from './attempt-changes.ts';
import { redactSecrets } from './redact-secrets.ts';

/** An unknown error is a bug of ours: tried again, for the world may heal it, but not for ever. */
const UNEXPECTED_ATTEMPTS = 10;
/** The server cuts an activity's failure over 4 KB and warns from 2 KB: sentence first, then facts. */
const MESSAGE_LIMIT = 700;
/** Further lines that are kept, and the characters that they have together. */
const LINES = 10;
const LINES_LIMIT = 1_000;

/** Turns every failure of an activity, once and here, into the one that goes to history. */
export function failureInterceptor(context: Context): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        try {
          return await next(input);
        } catch (error) {
          if (error instanceof CompleteAsyncError) throw error;
          if (isEnded(context, error)) throw withChanges(context, error);
          if (error instanceof TemporalFailure) throw error;
          const failure = isMeshFailure(error)
            ? fromMeshFailure(context, error)
            : fromUnknown(context, error);
          context.log.warn('step failed', {
            type: failure.type,
            attempt: context.info.attempt,
            original: describe(error),
          });
          throw failure;
        }
      },
    },
  };
}

function isEnded(context: Context, error: unknown): boolean {
  if (error instanceof CancelledFailure) return true;
  return (
    context.cancellationSignal.aborted && (error as { name?: string } | null)?.name === 'AbortError'
  );
}

/** A cancelled attempt tells what it had written: nothing else of it is kept. */
function withChanges(context: Context, error: unknown): unknown {
  const written = writtenBeforeFailure(context);
  if (written.changes === undefined) return error;
  return new CancelledFailure((error as Error).message, [written]);
}

function fromMeshFailure(context: Context, failure: MeshFailure): ApplicationFailure {
  return create(
    failure.type,
    failure.message,
    { ...failure.details, ...pastOf(context) },
    isFinal(context, failure.type),
    failure.retryAfterMs,
  );
}

function fromUnknown(context: Context, error: unknown): ApplicationFailure {
  const { name, message } = (error ?? {}) as { name?: string; message?: string };
  const text = `${name ?? typeof error}: ${message ?? String(error)}`;
  return create(
    'Unexpected',
    text,
    {
      cure: 'this is a defect of meshwright: report it with the log of the worker',
      ...pastOf(context),
    },
    isFinal(context, 'Unexpected'),
  );
}

function isFinal(context: Context, type: MeshFailure['type']): boolean {
  return (
    !FAILURES[type].retried ||
    (type === 'Unexpected' && context.info.attempt >= UNEXPECTED_ATTEMPTS)
  );
}

/** The workflow learns of an activity's end only, not of the attempts before and of what they wrote. */
function pastOf(context: Context): FailureDetails {
  return {
    ...(context.info.attempt === 1 ? {} : { attempts: context.info.attempt }),
    ...writtenBeforeFailure(context),
  };
}

function create(
  type: MeshFailure['type'],
  message: string,
  details: FailureDetails,
  nonRetryable: boolean,
  retryAfterMs?: number,
): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type,
    message: clip(message, MESSAGE_LIMIT),
    nonRetryable,
    details: [clean(details)],
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
  // Stacks belong into the worker's log: in history they are noise, and paths of the worker.
  delete failure.stack;
  return failure;
}

function clean(details: FailureDetails): FailureDetails {
  const { lines, attempts, changes, ...facts } = details;
  const short = {
    ...Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, clip(value, 300)])),
    ...(attempts === undefined ? {} : { attempts }),
    ...(changes === undefined ? {} : { changes }),
  } as FailureDetails;
  return lines === undefined ? short : { ...short, lines: clipLines(lines.slice(0, LINES)) };
}

/** Cuts only the longest lines: of a pod or a load balancer the cause is often the last word. */
function clipLines(lines: readonly string[]): string[] {
  const clean = lines.map(redactSecrets);
  let room = LINES_LIMIT;
  let limit = LINES_LIMIT;
  for (const [index, { length }] of [...clean].sort((a, b) => a.length - b.length).entries()) {
    limit = Math.floor(room / (clean.length - index));
    if (length > limit) break;
    room -= length;
  }
  return clean.map((line) => cut(line, limit));
}

function clip(text: string, limit: number): string {
  return cut(redactSecrets(text), limit);
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** The original with its causes, for the log of the worker only. */
function describe(error: unknown, depth = 0): string {
  const { stack, message, cause } = (error ?? {}) as {
    stack?: string;
    message?: string;
    cause?: unknown;
  };
  const own = stack ?? message ?? String(error);
  return redactSecrets(
    cause === undefined || depth >= 3 ? own : `${own}\ncaused by: ${describe(cause, depth + 1)}`,
  );
}
