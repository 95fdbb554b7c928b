import { type Dispatcher, request } from 'undici';
import { isMeshFailure, type MeshFailure } from '../../mesh/failure.ts';
import type { JsonValue } from '../../mesh/json.ts';
import { rest } from '../attempt/pause.ts';
import { removeCredential } from '../attempt/redact-secrets.ts';
import type { ApiStatus, Intent } from './api-failure.ts';
import { failureOfAnswer } from './api-failure.ts';
import type { ApiCredentials, CredentialSource } from './api-credentials.ts';
import { connectionBroke, failureOfError, failureOfTimeout } from './connection-failure.ts';
import { createConnectionPool } from './connection-pool.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { createLimiter } from './limiter.ts';
import { PermitLapsed, underPermit } from './under-permit.ts';
import { pauseBeforeResend, retryAfterOf } from './resend.ts';
import { createRetryBudget } from './retry-budget.ts';
import { withinLimit } from './within-limit.ts';

/** Whether a request changes what is stored, and by whose leave. */
export type Writing =
  | {
      /** Method that only reads. */
      method: 'GET';
    }
  | {
      /** Method that can write. */
      method: 'POST' | 'PATCH' | 'DELETE';
      /** Leave of the attempt that writes; null for what stores nothing (dry runs, reviews) or must be written whatever became of the attempt. */
      permit: WritePermit | null;
    };

/** One request to an API server. */
export type ApiCall = Writing & {
  /** Path with query, from the server's root. */
  path: string;
  /** Verb and target for people. */
  intent: { verb: string; target: string };
  /** Body, sent as JSON. */
  body?: unknown;
  /** Media type of the body. @default `application/json` */
  contentType?: string;
  /** Media types wanted. @default `application/json` */
  accept?: string;
  /** Whether sending it twice is the same as once; only such calls are sent again when a connection breaks or the API server is not well. */
  repeatable: boolean;
  /** Status codes that are answers to the caller instead of failures, besides 2xx. @default none */
  expect?: number[];
  /** Bearer token to prove, instead of the worker's credentials. @default the worker's */
  token?: string;
};

/** An answer of the API server. */
export type ApiAnswer = {
  /** HTTP status code. */
  code: number;
  /** Parsed body; null when it was no JSON. */
  body: JsonValue;
  /** The server's clock when it answered, in milliseconds since 1970, to the second (header `Date`); null when it does not say. */
  at: number | null;
};

/** Connections to one API server: one pool, kept alive, shared by everything the worker does there. */
export type ApiConnection = {
  /** Sends a call within its time limit. @throws MeshFailure of the closed union, or the reason of `signal`. */
  send(call: ApiCall, signal?: AbortSignal): Promise<ApiAnswer>;
  /** Opens a stream (watch) and answers its body. `signal` ends it and must be aborted when it is no longer read. */
  stream(call: ApiCall, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Credentials as they are now, for what does not go through the pool (WebSockets). */
  credentials(): Promise<ApiCredentials>;
  /** Completes an intent with where it is sent. */
  intentOf(intent: { verb: string; target: string }): Intent;
  /** Cuts all connections. */
  close(): Promise<void>;
};

/** An answer whose body is still to be read, and the token it was asked with, which it may quote. */
type OpenedCall = { answer: Dispatcher.ResponseData; token: string | null };

/** An answer that is read, and what it says to a caller who did not expect it. */
type JudgedCall = ApiAnswer & { failure: MeshFailure | null };

/** The connections that a request went over; null before it chose. */
type Way = { agent: Dispatcher | null };

/** Limit of a read, in milliseconds. */
export const READ_LIMIT_MS = 10_000;
/**
 * Limit of a write, in milliseconds. It waits for admission webhooks, which may take 30 s, and the API server gives up after 34 s
 * (`requestTimeoutUpperBound`) with an answer that names the webhook.
 */
export const WRITE_LIMIT_MS = 40_000;
/** Connections that a repeatable request may break, the first included. */
const CONNECTION_TRIES = 3;
/** The pool needs a moment to see that its connection is gone. */
const REPEAT_AFTER_MS = 50;
/** Requests in flight per cluster, streams apart; API servers allow some hundred in all by default. */
const IN_FLIGHT = 16;

/** Opens connections to the API server of a context; nothing is sent yet. */
export function openConnection(
  cluster: string,
  contextName: string,
  source: CredentialSource,
): ApiConnection {
  const limiter = createLimiter(IN_FLIGHT);
  const budget = createRetryBudget();
  const pool = createConnectionPool();
  let server = '';
  const intentOf = (intent: { verb: string; target: string }): Intent => ({
    ...intent,
    cluster,
    context: contextName,
    server,
  });

  const open = async (call: ApiCall, signal: AbortSignal, way: Way): Promise<OpenedCall> => {
    const { context, token } = await source.current();
    server = context.server;
    const authorization = call.token ?? token;
    const permit = permitOf(call);
    const agent = pool.agent(context, call.token !== undefined);
    way.agent = agent;
    const answer = await request(`${context.server}${call.path}`, {
      dispatcher: permit === null ? agent : underPermit(agent, permit),
      method: call.method,
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      headers: {
        accept: call.accept ?? 'application/json',
        'user-agent': 'meshwright',
        ...(authorization === null ? {} : { authorization: `Bearer ${authorization}` }),
        ...(call.body === undefined
          ? {}
          : { 'content-type': call.contentType ?? 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    return { answer, token: authorization };
  };

  /** Opens a call, once more with fresh credentials when they are refused: tokens and certificates rotate. */
  const openAuthorized = async (
    call: ApiCall,
    signal: AbortSignal,
    way: Way,
  ): Promise<OpenedCall> => {
    const opened = await open(call, signal, way);
    if (opened.answer.statusCode !== 401 || call.token !== undefined) return opened;
    await opened.answer.body.dump();
    source.forget();
    return open(call, signal, way);
  };

  const judge = async (call: ApiCall, { answer, token }: OpenedCall): Promise<JudgedCall> => {
    const text = await answer.body.text();
    const code = answer.statusCode;
    if ((code >= 200 && code < 300) || call.expect?.includes(code))
      return { code, body: parseJson(text), failure: null, at: clockOf(answer) };
    const body = parseJson(removeCredential(text, token));
    const retryAfterMs = retryAfterOf(answer.headers['retry-after']);
    const failure = failureOfAnswer(intentOf(call.intent), code, statusOf(body), retryAfterMs);
    return { code, body, failure, at: clockOf(answer) };
  };

  const late = (call: ApiCall, limitMs: number, way: Way) => (): Error => {
    // A connection that swallowed a request must not get the next one.
    if (way.agent !== null) pool.drop(way.agent);
    return failureOfTimeout(intentOf(call.intent), limitMs);
  };

  const classified = (error: unknown, signal: AbortSignal | undefined, call: ApiCall): unknown => {
    if (signal?.aborted === true) return signal.reason;
    return isMeshFailure(error) || error instanceof PermitLapsed
      ? error
      : failureOfError(intentOf(call.intent), error);
  };

  const attempt = async (
    call: ApiCall,
    signal: AbortSignal | undefined,
    triesLeft: number,
  ): Promise<JudgedCall> => {
    const limitMs = call.method === 'GET' ? READ_LIMIT_MS : WRITE_LIMIT_MS;
    const way: Way = { agent: null };
    const exchange = async (limited: AbortSignal): Promise<JudgedCall> =>
      judge(call, await openAuthorized(call, limited, way));
    try {
      return await withinLimit(limitMs, signal, exchange, late(call, limitMs, way));
    } catch (error) {
      if (triesLeft > 1 && call.repeatable && connectionBroke(error)) {
        await rest(REPEAT_AFTER_MS * (CONNECTION_TRIES - triesLeft + 1), signal);
        return attempt(call, signal, triesLeft - 1);
      }
      throw classified(error, signal, call);
    }
  };

  /** Waits for leave to write before it takes a place, so that writes that must wait hold up no reads. */
  const ask = async (call: ApiCall, signal: AbortSignal | undefined): Promise<JudgedCall> => {
    await permitOf(call)?.confirmed();
    try {
      return await limiter.run(signal, () => attempt(call, signal, CONNECTION_TRIES));
    } catch (error) {
      if (error instanceof PermitLapsed) return ask(call, signal);
      throw error;
    }
  };

  /** Sends a call, and again while the API server is not well for a moment; it holds no place meanwhile. */
  const send = async (call: ApiCall, signal: AbortSignal | undefined): Promise<ApiAnswer> => {
    const startedAt = Date.now();
    for (let tries = 1; ; tries += 1) {
      const { failure, ...answer } = await ask(call, signal);
      if (failure === null) {
        budget.earn();
        return answer;
      }
      const spentMs = Date.now() - startedAt;
      const pauseMs = call.repeatable
        ? pauseBeforeResend(answer.code, failure, tries, spentMs)
        : null;
      if (pauseMs === null || !budget.spend()) throw failure;
      await rest(pauseMs, signal);
    }
  };

  return {
    send,
    stream: async (call, signal) => {
      const way: Way = { agent: null };
      try {
        const opened = await withinLimit(
          READ_LIMIT_MS,
          signal,
          () => openAuthorized(call, signal, way),
          late(call, READ_LIMIT_MS, way),
        );
        if (opened.answer.statusCode === 200) return opened.answer.body;
        const { failure } = await judge(call, opened);
        throw failure ?? new Error('a watch was answered by something else');
      } catch (error) {
        throw classified(error, signal, call);
      }
    },
    credentials: () => source.current(),
    intentOf,
    close: () => pool.close(),
  };
}

function clockOf({ headers }: Dispatcher.ResponseData): number | null {
  const at = Date.parse(String(headers['date']));
  return Number.isNaN(at) ? null : at;
}

function permitOf(call: ApiCall): WritePermit | null {
  return call.method === 'GET' ? null : call.permit;
}

/** Reads an answer of the API server as its `Status`; other shapes answer an empty one. */
export function statusOf(body: JsonValue): ApiStatus {
  const isStatus =
    typeof body === 'object' && body !== null && !Array.isArray(body) && body['kind'] === 'Status';
  return isStatus ? (body as ApiStatus) : {};
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}
