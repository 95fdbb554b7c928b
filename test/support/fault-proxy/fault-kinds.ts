import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';

/** What can happen to one request on its way to an API server and back. */
export type FaultKind =
  | 'latency' // forwarded late
  | 'resetBefore' // its connection is reset, the API server hears nothing
  | 'resetAfter' // the API server has done it, then its connection is reset: an ambiguous write
  | 'throttled' // 429 with Retry-After
  | 'conflict' // 409 of an optimistic lock
  | 'serverError' // 500, 502, 503 or 504, the API server hears nothing
  | 'lateError' // the API server has done it, the answer is a 504
  | 'blackHole' // its connection stays open and carries nothing any more, in neither direction
  | 'staleRead' // the first answer to the same question once more
  | 'watchCut' // the stream of a watch breaks after its first events
  | 'watchGone' // 410 in the stream of a watch
  | 'watchSilence'; // a watch that is answered and never tells anything

/** A request as it came, before anything is done to it. */
export type ProxiedRequest = {
  /** HTTP method. */
  method: string;
  /** Path with query. */
  path: string;
  /** Whether it asks for a watch. */
  watch: boolean;
  /** How many like it, of the same method and path, came before. */
  before: number;
  /** When it came, in milliseconds since the epoch. */
  atMs: number;
};

/** A fault that was done to a request. */
export type InjectedFault = ProxiedRequest & {
  /** What was done. */
  kind: FaultKind;
};

/** Requests that name a collection or an object, unlike discovery, health and version. */
const OBJECTS = /^\/(api\/v1|apis\/[^/]+\/[^/]+)\/./;

/** Tells a request of either protocol. */
export function proxiedRequest(
  { method = 'GET', url = '/' }: Http2ServerRequest | IncomingMessage,
  seen: Map<string, number>,
): ProxiedRequest {
  const key = `${method} ${url}`;
  const before = seen.get(key) ?? 0;
  seen.set(key, before + 1);
  return { method, path: url, watch: url.includes('watch=true'), before, atMs: Date.now() };
}

/** Whether a fault can happen to a request at all. */
export function canSuffer(kind: FaultKind, { method, path, watch }: ProxiedRequest): boolean {
  if (kind.startsWith('watch')) return watch;
  if (kind === 'throttled' || kind === 'serverError') return true;
  if (watch) return false;
  if (kind === 'conflict') return method === 'PATCH' || method === 'DELETE';
  if (kind === 'staleRead') return method === 'GET' && OBJECTS.test(path);
  return true;
}
